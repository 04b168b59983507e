# What is done to each column of a block before a critic sees it: centred and divided by
# its standard deviation, then kept within +-10, so that a single wild value can't rule a
# batch. Fitted on training rows alone; applied where the glue copies rows (copy_rows).

MARGIN_LIMIT <- 10

# NULL: columns stay as they are.
margins_fit <- function(block, rows, standardise) {
  if (standardise) c(.Call(ffi_margins, block, rows), limit = MARGIN_LIMIT)
}
