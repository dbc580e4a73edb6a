from lending import lender

decide = lender("1.1.0", limit=620)
