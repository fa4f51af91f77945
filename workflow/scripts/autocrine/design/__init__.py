"""The question: designs, contrasts and selections, and what makes them weak or impossible."""
