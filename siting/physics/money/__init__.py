"""Money: capital charges, price years and currencies."""
