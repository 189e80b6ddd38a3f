"""Reports: one HTML page that needs only a browser."""
