from lending import lender

decide = lender("1.0.0")
