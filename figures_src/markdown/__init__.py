"""Python-Markdown extensions: exhibits on a page, and formulas. They know nothing of the site generator."""
