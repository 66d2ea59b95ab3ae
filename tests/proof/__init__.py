"""The proof that the operator makes nothing worse: campaigns that can be divided and resumed."""
