# From the user's columns to a block of numbers, and again for new rows.
#
# A block starts as a list of plain columns (`block_columns`), whatever the user gave. A
# recipe (`block_recipe`) remembers each column's name, type and levels; `block_encode`
# turns columns into a double matrix by a recipe. The same recipe encodes new rows.

# Vectors, matrices, time series and data frames -> named list of plain columns. The list's
# attribute "nameless" says that the user gave no names: then columns go by position.
block_columns <- function(x, arg, call = caller_env(), character_ok = FALSE) {
  nameless <- FALSE
  if (is.data.frame(x)) {
    columns <- unclass(as.list(x))
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
         levels = if (is.factor(column)) base::levels(droplevels(column)))
  })
}

# Dates, times and differences count in units of their own, which must stay the same.
time_class <- function(column) {
  intersect(class(column), c("Date", "POSIXct", "difftime"))
}

# Columns -> double matrix, by a recipe from the same or other rows. Factors become one
# indicator for each level, ordered factors and logicals their ranks. Missing stays NA.
block_encode <- function(recipe, columns, arg, call = caller_env()) {
  absent <- setdiff(names(recipe), names(columns))
  if (length(absent) > 0) {
    abort_input(c("{.arg {arg}} must have the columns of the fit.",
                  x = "{.val {absent}} {?is/are} missing."), call = call)
  }
  parts <- lapply(names(recipe), function(name) {
    encode_column(recipe[[name]], columns[[name]], name, arg, call)
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

columns_rows <- function(columns) length(columns[[1]])

# Rows of `columns` that have no missing value.
columns_complete <- function(columns) {
  Reduce(`&`, lapply(columns, function(column) !is.na(column)))
}

# `rows`: numbers, or NULL for all.
columns_subset <- function(columns, rows) {
  if (is.null(rows)) columns else lapply(columns, function(column) column[rows])
}

# Of columns without missing values.
columns_constant <- function(columns) {
  vapply(columns, function(column) all(column == column[1]), logical(1))
}

# Both sides of the question, ready to train on: missing values dealt with, constant
# columns reported, both encoded.
#   x, y      double matrices of the n rows kept
#   recipe_x, recipe_y
#   na_action what na.action left as attribute "na.action", or NULL
#   series    whether either side came as a time series
prepare_data <- function(x, y, na.action, args = c("x", "y"), call = caller_env()) {
  series <- has_series(x) || has_series(y)
  x <- block_columns(x, args[1], call)
  y <- block_columns(y, args[2], call)
  n <- c(columns_rows(x), columns_rows(y))
  if (n[1] != n[2]) {
    abort_input(c("{.arg {args[1]}} and {.arg {args[2]}} must have the same number of rows.",
                  x = "{.arg {args[1]}} has {n[1]} and {.arg {args[2]}} has {n[2]}.",
                  i = "Rows are paired observations."), call = call)
  }
  given <- list(x = names(x), y = names(y))
  complete <- columns_complete(x) & columns_complete(y)
  kept <- keep_rows(complete, na.action, call)
  if (!is.null(kept$rows) && length(kept$rows) == 0) {
    abort_input(c("There must be rows without missing values.",
                  x = "Of {length(complete)} row{?s} none is complete."), call = call)
  }
  x <- report_constant(columns_subset(x, kept$rows), args[1], call)
  y <- report_constant(columns_subset(y, kept$rows), args[2], call)
  data <- list(recipe_x = structure(block_recipe(x), given = given$x),
               recipe_y = structure(block_recipe(y), given = given$y),
               na_action = kept$na_action, series = series)
  data$x <- block_encode(data$recipe_x, x, args[1], call)
  x <- NULL # data can be large
  data$y <- block_encode(data$recipe_y, y, args[2], call)
  report_shared(data, args)
  data
}

has_series <- function(x) {
  stats::is.ts(x) || (is.data.frame(x) && any(vapply(x, stats::is.ts, logical(1))))
}

# Applies the user's na.action to the row numbers: any function that drops rows of a data
# frame with missing values will do. `rows` NULL: all.
keep_rows <- function(complete, na.action, call) {
  na.action <- match_na_action(na.action, call)
  if (all(complete) && length(complete) > 0) return(list(rows = NULL, na_action = NULL))
  if (identical(na.action, stats::na.fail)) {
    abort_input(c("With {.code na.action = na.fail} no row may have missing values.",
                  x = "Of {length(complete)} rows {sum(!complete)} {?has/have} some."),
                call = call)
  }
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

# A continuous column in both blocks makes the mutual information infinite.
report_shared <- function(data, args) {
  # Equal columns have equal sums; others hardly ever have both.
  signature <- function(block) paste(colSums(block), seq_len(nrow(block)) %*% block)
  twins <- which(signature(data$x) %in% signature(data$y))
  continuous <- vapply(twins, function(j) length(unique(data$x[, j])) > nrow(data$x) / 2,
                       logical(1))
  shared <- colnames(data$x)[twins[continuous]]
  if (length(shared) > 0) {
    warn_user(c("{.arg {args[1]}} and {.arg {args[2]}} share continuous columns: {.val {shared}}.",
                i = "Their mutual information is infinite."), "shared")
  }
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
