# From the user's columns to a block of numbers, and again for new rows.
#
# A block starts as a list of plain columns (`block_columns`), whatever the user gave. A
# recipe (`block_recipe`) remembers each column's name, type and levels; `block_encode`
# turns columns into a double matrix by a recipe. The same recipe encodes new rows.

# Vectors, matrices, time series and data frames -> named list of plain columns. The list's
# attribute "nameless" says that the user gave no names: then columns go by position.
block_columns <- function(x, arg, call = caller_env(), character_ok = FALSE) {
  nameless <- FALSE
  as_column <- function(column) if (inherits(column, "POSIXlt")) as.POSIXct(column) else column
  x <- as_column(x)
  if (is.data.frame(x)) {
    columns <- lapply(unclass(as.list(x)), as_column)
    names(columns) <- names(x)
    parts <- Map(function(column, name) {
      if (inherits(column, "AsIs")) class(column) <- setdiff(class(column), "AsIs")
      if (is.matrix(column) && is.null(colnames(column))) {
        colnames(column) <- seq_len(ncol(column))
      }
      if (is.data.frame(column) || is.matrix(column)) {
        inner <- block_columns(column, paste0(arg, "$", name), call, character_ok)
        stats::setNames(inner, paste0(name, ".", names(inner)))
      } else {
        stats::setNames(list(column), name)
      }
    }, columns, names(columns))
    columns <- do.call(c, c(list(list()), unname(parts)))
  } else if (is.matrix(x) && is.atomic(x)) {
    names <- colnames(x)
    if (is.null(names)) names <- character(ncol(x))
    blank <- is.na(names) | !nzchar(names)
    nameless <- all(blank)
    names[blank] <- paste0(arg, seq_len(ncol(x)))[blank]
    clash <- blank & names %in% names[!blank]
    names[clash] <- paste0(names[clash], "_")
    columns <- lapply(seq_len(ncol(x)), function(j) as.vector(x[, j]))
    names(columns) <- names
  } else if (is.atomic(x) && !is.null(x) && length(dim(x)) <= 1) {
    if (stats::is.ts(x)) x <- as.vector(x)
    columns <- stats::setNames(list(x), arg)
    nameless <- TRUE
  } else {
    abort_input(c("{.arg {arg}} must be a vector, a matrix or a data frame.",
                  x = "It is {describe(x)}."), call = call)
  }
  if (length(columns) == 0) {
    abort_input(c("{.arg {arg}} must have at least one column.", x = "It has none."),
                call = call)
  }
  check_names(names(columns), arg, call)
  for (name in names(columns)) check_column(columns[[name]], name, arg, call, character_ok)
  structure(columns, nameless = nameless)
}

check_names <- function(names, arg, call) {
  twice <- unique(names[duplicated(names)])
  if (length(twice) > 0) {
    abort_input(c("Columns of {.arg {arg}} must have different names.",
                  x = "{.val {twice}} {?occurs/occur} more than once."), call = call)
  }
}

check_column <- function(column, name, arg, call, character_ok) {
  if (is.character(column) && character_ok) return(invisible())
  if (is.null(column_type(column))) {
    hint <- if (is.character(column)) {
      c(i = "Make it a factor, by {.fn factor}, if its values are categories.")
    }
    abort_input(c("Columns of {.arg {arg}} must be numbers, logicals, factors or dates.",
                  x = "Column {.val {name}} is {describe(column)}.", hint), call = call)
  }
  infinite <- if (column_type(column) == "numeric") sum(is.infinite(as.numeric(column))) else 0
  if (infinite > 0) {
    abort_input(c("{.arg {arg}} must not have infinite values.",
                  x = "Column {.val {name}} has {infinite}.",
                  i = "Set them to {.code NA} to leave these rows out."), call = call)
  }
}

# How a column is encoded; NULL if it can't be.
column_type <- function(column) {
  if (is.ordered(column)) "ordered"
  else if (is.factor(column)) "factor"
  else if (is.logical(column)) "logical"
  else if (inherits(column, c("Date", "POSIXct", "difftime"))) "numeric"
  else if (inherits(column, "integer64")) NULL # its doubles are not its values
  else if (is.numeric(column)) "numeric"
  else NULL
}

block_recipe <- function(columns) {
  lapply(columns, function(column) {
    list(type = column_type(column), class = time_class(column),
         units = if (inherits(column, "difftime")) units(column),
         levels = if (is.factor(column)) base::levels(droplevels(column)),
         fill = if (anyNA(column)) middle(column))
  })
}

# What stands for a missing value, beside an indicator that says so: the middle one of the others.
middle <- function(column) {
  if (is.factor(column) && !is.ordered(column)) return(0) # no level's indicator
  values <- sort(as.numeric(if (is.factor(column)) droplevels(column) else column))
  values[ceiling(length(values) / 2)]
}

# Dates, times and differences count in units of their own, which must stay the same.
time_class <- function(column) {
  intersect(class(column), c("Date", "POSIXct", "difftime"))
}

# Columns -> double matrix, by a recipe from the same or other rows. Factors become one
# indicator for each level, ordered factors and logicals their ranks. Missing stays NA, unless the
# recipe's rows had missing values that were to be information.
block_encode <- function(recipe, columns, arg, call = caller_env()) {
  absent <- setdiff(names(recipe), names(columns))
  if (length(absent) > 0) {
    abort_input(c("{.arg {arg}} must have the columns of the fit.",
                  x = "{.val {absent}} {?is/are} missing."), call = call)
  }
  parts <- lapply(names(recipe), function(name) {
    encoded <- encode_column(recipe[[name]], columns[[name]], name, arg, call)
    if (is.null(recipe[[name]]$fill)) return(encoded)
    missing <- is.na(encoded[, 1])
    encoded[missing, ] <- recipe[[name]]$fill
    matrix(c(encoded, missing), nrow(encoded),
           dimnames = list(NULL, c(colnames(encoded), paste0(name, "_missing"))))
  })
  do.call(cbind, parts)
}

encode_column <- function(recipe, column, name, arg, call) {
  type <- column_type(column)
  categorical <- c("factor", "ordered")
  fits <- if (recipe$type %in% categorical) is.factor(column) || is.character(column)
          else identical(type, recipe$type) && identical(recipe$class, time_class(column))
  if (!fits && !all(is.na(column))) {
    abort_input(c("Column {.val {name}} of {.arg {arg}} must be of the type it had in the fit.",
                  x = "It was {c(recipe$class, recipe$type)[1]} and is {class(column)[1]}."),
                call = call)
  }
  if (inherits(column, "difftime")) units(column) <- recipe$units
  if (!recipe$type %in% categorical) {
    return(matrix(as.numeric(column), ncol = 1, dimnames = list(NULL, name)))
  }
  values <- as.character(column)
  unseen <- setdiff(values[!is.na(values)], recipe$levels)
  if (length(unseen) > 0) {
    abort_input(c("Column {.val {name}} of {.arg {arg}} must have levels that the fit has seen.",
                  x = "{.val {unseen}} {?is/are} new."), call = call)
  }
  codes <- match(values, recipe$levels)
  if (recipe$type == "ordered") {
    return(matrix(as.numeric(codes), ncol = 1, dimnames = list(NULL, name)))
  }
  indicators <- outer(codes, seq_along(recipe$levels), "==") + 0
  colnames(indicators) <- paste0(name, recipe$levels)
  indicators
}

# Which of a block's rows are the same, as numbers from 1, if there are ten rows of each on the
# average, or `always`; else NULL.
ROWS_PER_VALUE <- 10

row_keys <- function(block, always = FALSE) {
  keys_fit(block, if (always) Inf else nrow(block) / ROWS_PER_VALUE)$key
}

# The same, with what finds them in other rows (`columns`); NULL if there are more than `most`.
keys_fit <- function(block, most = nrow(block) / ROWS_PER_VALUE) {
  key <- rep(1, nrow(block))
  columns <- vector("list", ncol(block))
  for (j in seq_len(ncol(block))) {
    column <- as_printed(block[, j])
    values <- unique(column)
    if (length(values) > most) return(NULL) # most continuous columns end here
    with_others <- code_with(key, column, values)
    columns[[j]] <- list(values = values, with_others = unique(with_others))
    if (length(columns[[j]]$with_others) > most) return(NULL)
    key <- match(with_others, columns[[j]]$with_others)
  }
  list(key = key, columns = columns)
}

as_printed <- function(column) signif(column, 15)

# A column's value and the key of those before it, as one number.
code_with <- function(key, column, values) (key - 1) * length(values) + match(column, values)

# NA where a row's values weren't there.
keys_apply <- function(columns, block) {
  key <- rep(1, nrow(block))
  for (j in seq_along(columns)) {
    with_others <- code_with(key, as_printed(block[, j]), columns[[j]]$values)
    key <- match(with_others, columns[[j]]$with_others)
  }
  key
}

columns_rows <- function(columns) length(columns[[1]])

# Rows of `columns` that have no missing value.
columns_complete <- function(columns) {
  Reduce(`&`, lapply(columns, function(column) !is.na(column)))
}

# `rows`: numbers, or NULL for all.
columns_subset <- function(columns, rows) {
  if (is.null(rows)) columns else lapply(columns, function(column) column[rows])
}

# A missing value, where it is left in, is a value of its own.
columns_constant <- function(columns) {
  vapply(columns, function(column) {
    if (anyNA(column)) all(is.na(column)) else all(column == column[1])
  }, logical(1))
}

# The blocks of a question, ready to train on: missing values dealt with, constant columns
# reported, all encoded.
#   n         rows kept
#   blocks    double matrices of these
#   recipes   of each block, by which new rows are encoded
#   weights   of these rows, or NULL
#   groups    of these rows, as numbers from 1, or NULL
#   columns   of all blocks
#   na_action what na.action left as attribute "na.action", or NULL
#   series    whether any block came as a time series
#   shared    of two blocks: whether their mutual information is infinite
prepare_blocks <- function(blocks, na.action, weights, args, groups = NULL,
                           call = caller_env()) {
  series <- any(vapply(blocks, has_series, NA))
  matrices <- Filter(is_plain_matrix, blocks)
  for (b in names(blocks)) blocks[[b]] <- block_columns(blocks[[b]], args[[b]], call)
  n <- vapply(blocks, columns_rows, 1)
  differs <- which(n != n[1])
  if (length(differs) > 0) {
    two <- c(1, differs[1])
    abort_input(c(paste("{.arg {args[two][1]}} and {.arg {args[two][2]}} must have the same number",
                        "of rows."),
                  x = paste("{.arg {args[two][1]}} has {n[two][1]} and {.arg {args[two][2]}} has",
                            "{n[two][2]}."),
                  i = "Rows are paired observations."), call = call)
  }
  weights <- check_weights(weights, n[[1]], call)
  groups <- check_groups(groups, n[[1]], call)
  given <- lapply(blocks, names)
  kept <- keep_rows(blocks, list(weights, groups), na.action, call)
  if (!is.null(kept$rows) && length(kept$rows) == 0) {
    abort_input(c("There must be rows without missing values.",
                  x = if (n[[1]] == 0) "There are no rows at all."
                      else "Of {n[[1]]} row{?s} none is complete."), call = call)
  }
  data <- list(n = if (is.null(kept$rows)) n[[1]] else length(kept$rows),
               na_action = kept$na_action, series = series,
               weights = if (is.null(kept$rows)) weights else weights[kept$rows],
               groups = if (is.null(kept$rows)) groups else group_codes(groups[kept$rows]))
  for (b in names(blocks)) {
    columns <- report_constant(columns_subset(blocks[[b]], kept$rows), args[[b]], call)
    blocks[b] <- list(NULL) # data can be large
    data$recipes[[b]] <- structure(block_recipe(columns), given = given[[b]])
    # Numbers that lose no row and no column are encoded as they are: of many rows a copy counts.
    data$blocks[[b]] <- if (is.null(kept$rows) && length(columns) == columns_of(matrices[[b]])) {
      matrices[[b]]
    } else block_encode(data$recipes[[b]], columns, args[[b]], call)
  }
  data$columns <- sum(vapply(data$blocks, ncol, 1))
  data
}

is_plain_matrix <- function(x) is.matrix(x) && is.double(x) && !is.object(x) && !anyNA(x)

# Some blocks together as the trainer's x, and some as its y, as matrices of its own in `data`.
join_blocks <- function(data, sides) {
  joined <- lapply(sides, function(which) do.call(cbind, unname(data$blocks[which])))
  recipes <- lapply(sides, function(which) do.call(c, unname(data$recipes[which])))
  data[c("x", "y")] <- joined
  data$recipes <- recipes
  data$blocks <- NULL
  data
}

# Two blocks; of a third, z, the columns stand behind x's, and `given` is how many they are.
prepare_data <- function(x, y, na.action, z = NULL, weights = NULL, groups = NULL,
                         args = c(x = "x", y = "y", z = "z"), call = caller_env()) {
  blocks <- list(x = x, y = y)
  blocks$z <- z # if there is one
  x <- y <- z <- NULL
  data <- prepare_blocks(blocks, na.action, weights, args, groups, call)
  data$shared <- report_shared(data$blocks, names(data$recipes$x), args)
  data[c("x", "y")] <- list(if (is.null(data$blocks$z)) data$blocks$x
                            else cbind(data$blocks$x, data$blocks$z), data$blocks$y)
  data$given <- columns_of(data$blocks$z)
  data$blocks <- NULL
  data
}

# Sampling weights, or NULL. Only their proportions matter.
check_weights <- function(weights, n, call) {
  if (is.null(weights)) return(NULL)
  if (!is.numeric(weights) || length(weights) != n || any(is.infinite(weights)) ||
        any(weights < 0, na.rm = TRUE) || !any(weights > 0, na.rm = TRUE)) {
    abort_input(c(paste("{.arg weights} must be {n} finite numbers, one for each row,",
                        "none of them negative and not all 0."),
                  x = if (is.numeric(weights) && any(weights < 0, na.rm = TRUE)) {
                    "One is {min(weights, na.rm = TRUE)}."
                  } else "It is {describe(weights)}."), call = call)
  }
  as.numeric(weights) / max(weights, na.rm = TRUE) # squares of any can be added up
}

has_series <- function(x) {
  stats::is.ts(x) || (is.data.frame(x) && any(vapply(x, stats::is.ts, logical(1))))
}

# Applies the user's na.action to the row numbers: any function that drops rows of a data
# frame with missing values will do. `rows` NULL: all. `beside`: what else rows must have.
keep_rows <- function(blocks, beside, na.action, call) {
  na.action <- match_na_action(na.action, call)
  complete <- if (identical(na.action, na_informative)) rep(TRUE, columns_rows(blocks[[1]]))
              else Reduce(`&`, lapply(blocks, columns_complete))
  for (what in beside) if (!is.null(what)) complete <- complete & !is.na(what)
  if (all(complete) && length(complete) > 0) return(list(rows = NULL, na_action = NULL))
  if (identical(na.action, stats::na.fail)) {
    abort_input(c("With {.code na.action = na.fail} no row may have missing values.",
                  x = "Of {length(complete)} rows {sum(!complete)} {?has/have} some."),
                call = call)
  }
  if (identical(na.action, na_informative)) na.action <- stats::na.omit # it is in `beside`
  frame <- data.frame(row = ifelse(complete, seq_along(complete), NA))
  frame <- na.action(frame)
  if (!all(frame$row %in% which(complete)) || anyDuplicated(frame$row)) {
    abort_input(c("{.arg na.action} must leave out the rows that have missing values.",
                  x = "It kept some of them, or changed values.",
                  i = "Use {.fn na.omit} or {.fn na.exclude}; impute before, if at all."),
                call = call)
  }
  list(rows = frame$row, na_action = attr(frame, "na.action"))
}

#' Missing values as information
#'
#' As `na.action` of [mi_anchor()] it keeps all rows. A column with missing values gets a second one
#' beside it, 1 where the value is missing and 0 where it isn't, and the missing values
#' themselves are set to the median (of factors: to none of the levels). The two columns
#' together are one-to-one with what was observed, a value or its absence, so that the mutual
#' information is that of the observed variables: knowing that a value is missing may tell
#' something too. It isn't the mutual information of the values that one would have seen.
#'
#' @param object A data frame.
#' @param ... Ignored.
#' @return `object` as it is, like [na.pass()]; [mi_anchor()] does the rest.
#' @examples
#' # Ozone is missing in 37 of 153 days. Does the weather tell about that, too?
#' set.seed(1)
#' mi_anchor(Ozone ~ Wind + Temp, data = airquality, na.action = na_informative,
#'           critic = critic_bilinear())
#' @export
na_informative <- function(object, ...) object

match_na_action <- function(na.action, call) {
  if (is.character(na.action) && length(na.action) == 1 && exists(na.action, mode = "function")) {
    na.action <- get(na.action, mode = "function")
  }
  if (!is.function(na.action)) {
    abort_input(c("{.arg na.action} must be a function, such as {.fn na.omit}.",
                  x = "It is {describe(na.action)}."), call = call)
  }
  na.action
}

# A constant column says nothing about anything: dropped with a warning, unless all are.
report_constant <- function(columns, arg, call) {
  constant <- columns_constant(columns)
  if (all(constant)) {
    abort_input(c("{.arg {arg}} must have a column that varies.",
                  x = "All of its columns are constant: {.val {names(columns)}}."),
                call = call)
  }
  if (any(constant)) {
    dropped <- names(columns)[constant]
    warn_user("Constant columns of {.arg {arg}} were dropped: {.val {dropped}}.", "constant")
  }
  columns[!constant]
}

# A continuous column in both blocks, or a monotone function of it, makes the mutual information
# infinite; one whose values repeat, its entropy at least. Returns whether one is continuous.
MOST_SIGNED <- 1000 # rows that say which columns may be such

report_shared <- function(data, names, args) {
  twins <- twin_columns(data$x, data$y)
  values <- vapply(twins, function(j) length(unique(data$x[, j])), 1L)
  continuous <- values > nrow(data$x) / 2
  told <- continuous | values > LEAST_VALUES
  if (!any(told)) return(FALSE)
  if (!is.null(colnames(data$x))) names <- colnames(data$x)
  shared <- names[twins[told]]
  warn_user(c(paste("{.arg {args[['x']]}} and {.arg {args[['y']]}} share columns, or increasing or",
                    "decreasing functions of them: {.val {shared}}."),
              i = if (any(continuous)) "If they are continuous, mutual information is infinite."
                  else "Mutual information is at least their entropy then."), "shared")
  any(continuous)
}

# Columns of x whose ranks a column of y has too, or the reverse of them.
twin_columns <- function(x, y) {
  rows <- head_rows(seq_len(nrow(x)), MOST_SIGNED)
  at <- seq_along(rows) - (length(rows) + 1) / 2
  # Equal ranks have equal sums like these; others hardly ever.
  signatures <- function(block) {
    apply(block[rows, , drop = FALSE], 2, function(column) abs(sum(at^3 * rank(column))))
  }
  of_x <- signatures(x)
  of_y <- signatures(y)
  which(vapply(seq_len(ncol(x)), function(j) {
    alike <- which(of_y == of_x[j])
    ranks <- if (length(alike) > 0) rank(x[, j])
    any(vapply(alike, function(k) {
      identical(ranks, rank(y[, k])) || identical(ranks, rank(-y[, k]))
    }, NA))
  }, NA))
}

# New rows, encoded by a fit's recipe. Categories may come as character here: their levels
# are known. Columns without names go by their position among the fit's, constant ones
# included.
encode_new <- function(recipe, x, arg, call = caller_env()) {
  columns <- block_columns(x, arg, call, character_ok = TRUE)
  given <- attr(recipe, "given")
  if (attr(columns, "nameless")) {
    if (length(columns) != length(given)) {
      abort_input(c("{.arg {arg}} must have the columns of the fit.",
                    x = "It has {length(columns)}; the fit was given {length(given)}."),
                  call = call)
    }
    names(columns) <- given
  }
  block_encode(recipe, columns, arg, call)
}
