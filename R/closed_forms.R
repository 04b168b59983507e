# Log density ratios that need no training, from normal scores. A closed form is a list that
# `choose` makes from one fold's rows, or NULL if it finds nothing; `pairs` and `blocks` are its
# log ratios of rows, and of all rows of x with all rows of y of each block of rows. Networks begin
# at those that are inner products; the others are fitted while networks train. To add one: a file
# with these three functions, a line here.
#
# `fold` is what they choose by: normal scores `zx` and `zy` and how they are made, rows to `train`
# and to weigh (`weighing`), columns that stand out (`screened`), the `gaussian` form if it was
# found, the best `score` of those found before, and `threads`.

BEGINNINGS <- c("gaussian", "nonlinear")

closed_form_table <- function() {
  list(gaussian = list(choose = choose_gaussian, pairs = inner_pairs, blocks = inner_blocks),
       nonlinear = list(choose = choose_nonlinear, pairs = inner_pairs, blocks = inner_blocks),
       student = list(choose = choose_student, pairs = student_pairs, blocks = student_blocks),
       mixture = list(choose = choose_mixture, pairs = mixture_pairs, blocks = mixture_blocks),
       regression = list(choose = choose_regression, pairs = regression_pairs,
                         blocks = regression_blocks),
       table = list(choose = choose_table, pairs = table_pairs, blocks = table_blocks))
}

# Adds those that are named to the `forms` found so far.
choose_forms <- function(names, fold, forms = list()) {
  for (name in intersect(names(closed_form_table()), names)) {
    fold$gaussian <- forms$gaussian
    fold$score <- min(0, unlist(lapply(forms, `[[`, "score")))
    forms[[name]] <- closed_form_table()[[name]]$choose(fold) # NULL leaves it out
  }
  forms
}

form_pairs <- function(name, form, zx, zy) closed_form_table()[[name]]$pairs(form, zx, zy)

form_blocks <- function(name, form, zx, zy, blocks) {
  closed_form_table()[[name]]$blocks(form, zx, zy, blocks)
}

# How forms do on the weighing rows, at their best weights. Smaller blocks than for the weights of
# the stack cost half the time.
CHOOSING_BLOCK <- 60

forms_weighed <- function(forms, fold) {
  rows <- fold$weighing
  zx <- fold$zx[rows, , drop = FALSE]
  zy <- fold$zy[rows, , drop = FALSE]
  blocks <- row_blocks(seq_along(rows), CHOOSING_BLOCK)
  weigh(Map(function(name, form) form_blocks(name, form, zx, zy, blocks), names(forms), forms),
        fold$threads)
}
