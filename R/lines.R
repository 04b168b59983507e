# Rows that lie near a line, beside rows that don't: the same number in both columns, or one a
# multiple of the other, in a part of the rows. No cluster, regression or correlation begins there;
# a line through two of these rows does, and among a few thousand lines there is one. It stands out
# where more rows are near it than were if x and y were independent.

LINE_ROWS <- c(400, 2000)     # that draw and count; that count again
LINE_STEPS <- 8               # each row is joined with so many of those after it
LINES_AGAIN <- 20             # of all lines
LINE_COLUMNS <- 4             # at most: of many, a thin normal learns others by heart
LINE_WIDTHS <- 0.1 / 4^(0:4)  # standard deviations
LINE_SHIFTS <- c(2, 1, 3) / 4 # of all rows, to others
LINE_GAIN <- 18               # nats: seldom had by the best of so many lines by chance

# Of columns with variance 1: which rows are near the line that gains most (of any pair of columns),
# a column each width; NULL if none stands out.
near_line <- function(x, y) {
  if (ncol(x) + ncol(y) > LINE_COLUMNS) return(NULL)
  best <- list(gain = LINE_GAIN)
  for (j in seq_len(ncol(x))) for (k in seq_len(ncol(y))) {
    found <- best_line(x[, j], y[, k])
    if (isTRUE(found$gain > best$gain)) best <- found
  }
  best$near
}

best_line <- function(x, y) {
  rows <- head_rows(seq_along(x), LINE_ROWS[1])
  lines <- lines_through(x[rows], y[rows])
  if (nrow(lines) == 0) return(NULL)
  gains <- apply(line_gains(lines, x[rows], y[rows], LINE_SHIFTS[1]), 1, max)
  lines <- lines[utils::head(order(-gains), LINES_AGAIN), , drop = FALSE]
  rows <- head_rows(seq_along(x), LINE_ROWS[2])
  lines <- rbind(lines, lines_along(lines, x[rows], y[rows]))
  gains <- line_gains(lines, x[rows], y[rows])
  best <- lines[arrayInd(which.max(gains), dim(gains))[1], ]
  near <- vapply(LINE_WIDTHS, function(width) rows_near(best, width, x, y), logical(length(x)))
  list(gain = max(gains), near = near)
}

# By least squares of the rows near each line, of each width.
lines_along <- function(lines, x, y) {
  along <- do.call(rbind, lapply(LINE_WIDTHS, function(width) {
    near <- apply(lines, 1, rows_near, width, x, y)
    means <- crossprod(near, cbind(x, y, x^2, x * y)) / colSums(near)
    slope <- (means[, 4] - means[, 1] * means[, 2]) / (means[, 3] - means[, 1]^2)
    cbind(means[, 2] - slope * means[, 1], slope, deparse.level = 0)
  }))
  sloping(along)
}

rows_near <- function(line, width, x, y) {
  abs(y - line[1] - line[2] * x) < width * sqrt(1 + line[2]^2)
}

# Intercepts and slopes; none where x or y are the same.
lines_through <- function(x, y) {
  n <- length(x)
  from <- rep(seq_len(n), LINE_STEPS)
  to <- (from + rep(seq_len(LINE_STEPS), each = n) - 1) %% n + 1
  slope <- (y[to] - y[from]) / (x[to] - x[from])
  sloping(cbind(y[from] - slope * x[from], slope, deparse.level = 0))
}

sloping <- function(lines) {
  lines[is.finite(lines[, 1]) & is.finite(lines[, 2]) & lines[, 2] != 0, , drop = FALSE]
}

# By how much rows near each line (of each width) are likelier as many as they are than as many as
# there are, in the mean, where y is another row's.
line_gains <- function(lines, x, y, shifts = LINE_SHIFTS) {
  n <- length(x)
  near_of <- function(y) .Call(ffi_lines_near, lines[, 1], lines[, 2], x, y, LINE_WIDTHS)
  others <- lapply(floor(shifts * n), function(by) near_of(y[(seq_len(n) + by - 1) %% n + 1]))
  expected <- Reduce(`+`, others, 1 / 2) / length(others)
  near <- pmax(near_of(y) - 2, expected) # less those that it was drawn through
  near * log(near / expected) - near + expected
}
