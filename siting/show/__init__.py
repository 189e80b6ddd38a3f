"""What a plan looks like: maps (`maps`), words and tables (`words`); each is loaded when it is used."""
