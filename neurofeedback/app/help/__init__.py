"""Help inside the program: its guide, its terms, and what it is made of."""
