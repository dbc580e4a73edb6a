from lending import OTHER_WORDS, lender

decide = lender("1.0.1", words=OTHER_WORDS)
