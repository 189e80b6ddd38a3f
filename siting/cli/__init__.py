"""The command line: `siting --help`."""
