library(testthat)
library(anchormi)

test_check("anchormi")
