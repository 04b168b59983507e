# The default call on images and text embeddings, hundreds of columns that go together, where what
# there is to know is known: classes. (Handwritten digits: MNIST's test images, LeCun, Cortes,
# Burges. Embeddings of film reviews in two classes: of Lee and Rhee 2024, "mibenchmark", whose
# pairs of classes these are.)
#
#   Rscript bench/images_text.R directory
#
# reads mnist/t10k-images-idx3-ubyte.gz, mnist/t10k-labels-idx1-ubyte.gz,
# imdb_bert/imdb_bert_6000x768_f32le.bin (rows of 32-bit floats) and imdb_bert_6000_labels_i8.bin in
# that directory, which are no part of the package, and writes bench/results/images_text.md.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
directory <- commandArgs(trailingOnly = TRUE)[1]
if (!isTRUE(dir.exists(file.path(directory, "mnist")))) {
  cat("No images and embeddings in", directory, "- skipped.\n")
  quit()
}

bytes_of <- function(file, header, n) {
  connection <- gzfile(file.path(directory, "mnist", file), "rb")
  on.exit(close(connection))
  readBin(connection, "raw", header)
  readBin(connection, "integer", n, size = 1, signed = FALSE)
}
digits <- list(x = matrix(bytes_of("t10k-images-idx3-ubyte.gz", 16, 1e4 * 784), 1e4, byrow = TRUE),
               class = bytes_of("t10k-labels-idx1-ubyte.gz", 8, 1e4))
text <- function(file) file.path(directory, "imdb_bert", file)
reviews <- list(
  x = matrix(readBin(text("imdb_bert_6000x768_f32le.bin"), "numeric", 6000 * 768, size = 4,
                     endian = "little"), 6000, byrow = TRUE),
  class = readBin(text("imdb_bert_6000_labels_i8.bin"), "integer", 6000, size = 1))

rows_of <- function(data, rows) list(x = data$x[rows, ], y = factor(data$class[rows]))

# n pairs of items, none of them taken twice, of classes that are the same but for a share.
pairs_of <- function(data, n, flipped = 0) {
  classes <- sort(unique(data$class))
  pool <- lapply(classes, function(k) sample(which(data$class == k)))
  of_x <- rep_len(seq_along(classes), n)
  of_y <- ifelse(rank(stats::runif(n)) <= flipped * n, length(classes) + 1 - of_x, of_x)
  taken <- integer(length(classes))
  take <- function(of) {
    rows <- integer(n)
    for (k in seq_along(classes)) {
      at <- which(of == k)
      rows[at] <- pool[[k]][taken[k] + seq_along(at)]
      taken[k] <<- taken[k] + length(at)
    }
    data$x[rows, ]
  }
  list(x = take(of_x), y = take(of_y))
}
two <- digits$class <= 1
zero_or_one <- list(x = digits$x[two, ], class = digits$class[two])
of_two <- function(p) log(2) + (if (p > 0) p * log(p) + (1 - p) * log(1 - p) else 0)

# What can be reached with reviews, whose classes are not certain: bits of ten pairs, of the same
# authors.
reached <- c("0" = 8.8432, "0.031" = 7.2295, "0.146" = 3.6429) / 10 * log(2)
tasks <- list(
  list("digit, and which it is", log(10), function() rows_of(digits, sample(1e4, 5000))),
  list("two images of the same digit", log(10), function() pairs_of(digits, 4400)),
  list("images of 0 or 1, the same", of_two(0), function() pairs_of(zero_or_one, 950)),
  list("images of 0 or 1, the same in 85.4 %", of_two(0.146),
       function() pairs_of(zero_or_one, 950, 0.146)),
  list("two reviews, alike", reached[["0"]], function() pairs_of(reviews, 2900)),
  list("two reviews, alike in 96.9 %", reached[["0.031"]],
       function() pairs_of(reviews, 2900, 0.031)),
  list("two reviews, alike in 85.4 %", reached[["0.146"]],
       function() pairs_of(reviews, 2900, 0.146)),
  list("two reviews, independent", 0, function() pairs_of(reviews, 2900, 0.5)))

number <- function(v) formatC(v, digits = 3, format = "f")
rows <- do.call(rbind, lapply(tasks, function(task) {
  set.seed(101)
  data <- task[[3]]()
  seconds <- system.time(fit <- suppressWarnings(mi_anchor(data$x, data$y)))[["elapsed"]]
  row <- data.frame(data = task[[1]], rows = fit$n,
                    columns = paste(lengths(fit$recipes), collapse = " + "),
                    truth = number(task[[2]]), estimate = number(fit$estimate),
                    std_error = number(fit$std_error),
                    interval = paste(number(fit$conf_int), collapse = " to "),
                    lower = number(fit$lower),
                    remark = if (length(fit$distrust) > 0) "yes" else "",
                    seconds = round(seconds))
  cat(unlist(row), "\n")
  row
}))
writeLines(c(
  "The default call on images and text, nats, one data set each; by bench/images_text.R. Truths",
  "are those of the classes that pairs share; of digits they are what can be reached if an image",
  "shows its digit for certain, of reviews what Lee and Rhee's ten pairs let a classifier reach.",
  "Pixels that never change are dropped.", "", markdown(rows)), "bench/results/images_text.md")
