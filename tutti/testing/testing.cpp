namespace tutti::testing {}
