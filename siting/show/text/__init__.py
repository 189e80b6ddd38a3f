"""Text: the summary on a terminal, and the sentences of the report."""
