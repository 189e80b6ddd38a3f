"""What is known of a place: shipped tables, checked, with source and quality."""
