"""The words of the house: exhibit, check, claim, language, failure."""
