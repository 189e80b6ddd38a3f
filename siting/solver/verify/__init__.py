"""A plan checked anew, from its tables and the shipped ones, without the programme that found it."""
