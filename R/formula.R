# Two-sided formulas, y1 + y2 ~ x1 + x2 or y1 + y2 ~ x1 + x2 | z1 + z2: `+` joins the columns of
# a block, `-` leaves one out.

# A formula read against its data, all that is needed to get blocks from new rows too:
#   formula    with `.` and `-` worked out
#   sides      the same as a Formula
#   variables  names that must be columns of new data
# `beside`: columns that `.` doesn't stand for.
formula_model <- function(formula, data, beside = NULL, call = caller_env()) {
  if (length(formula) != 3) {
    abort_input(c("{.arg formula} must have two sides, as in {.code y1 + y2 ~ x1 + x2}.",
                  x = "It is {.code {deparse1(formula)}}."), call = call)
  }
  columns <- data_columns(data, call)
  others <- function(...) setdiff(columns, c(beside, unlist(lapply(list(...), all.vars))))
  right <- formula[[3]]
  given <- NULL
  while (is.call(right) && identical(right[[1]], quote(`(`))) right <- right[[2]] # by update()
  if (is.call(right) && identical(right[[1]], quote(`|`))) {
    given <- right[[3]]
    right <- right[[2]]
  }
  sides <- list(y = side_terms(formula[[2]], NULL, call),
                x = side_terms(right, others(formula[[2]], given), call))
  if (!is.null(given)) sides$z <- side_terms(given, others(formula[[2]], right), call)
  if (any(lengths(sides) == 0)) {
    abort_input(c("{.arg formula} must have a column on each side, and behind {.code |}.",
                  x = "It is {.code {deparse1(formula)}}."), call = call)
  }
  twice <- intersect(sides$z, c(sides$x, sides$y))
  if (length(twice) > 0) {
    abort_input(c("{.arg formula} must not have a column on both sides of the {.code |}.",
                  x = "{.code {deparse1(twice[[1]])}} is.",
                  i = "Given itself, a column tells nothing."), call = call)
  }
  join <- function(terms) Reduce(function(a, b) call("+", a, b), terms)
  formula[[2]] <- join(sides$y)
  formula[[3]] <- join(sides$x)
  if (!is.null(given)) formula[[3]] <- call("|", formula[[3]], join(sides$z))
  variables <- all.vars(formula)
  list(formula = formula, sides = Formula::Formula(formula),
       variables = if (is.null(columns)) variables else intersect(variables, columns))
}

data_columns <- function(data, call) {
  if (is.environment(data)) return(NULL)
  if (!is.list(data)) {
    abort_input(c("{.arg data} must be a data frame.", x = "It is {describe(data)}."),
                call = call)
  }
  check_names(names(data), "data", call)
  names(data)
}

# One side's columns as a list of expressions; `dot` names what `.` stands for.
side_terms <- function(side, dot, call) {
  if (identical(side, quote(.))) {
    if (length(dot) == 0) {
      abort_input(c("{.code .} in {.arg formula} must stand for columns of {.arg data}.",
                    x = "There are none that it could.",
                    i = "It can stand on the right-hand side, for the columns not on the left."),
                  call = call)
    }
    return(lapply(dot, as.name))
  }
  if (is.numeric(side)) return(list()) # `- 1`: there is no intercept
  operator <- if (is.call(side) && is.name(side[[1]])) as.character(side[[1]]) else ""
  switch(operator,
    "(" = side_terms(side[[2]], dot, call),
    "+" = unique(unlist(lapply(as.list(side)[-1], side_terms, dot, call))),
    "-" = if (length(side) == 2) list()
          else setdiff(side_terms(side[[2]], dot, call), side_terms(side[[3]], dot, call)),
    "|" = abort_input(c("{.arg formula} must have at most one {.code |}, on the right.",
                        x = "It has another.",
                        i = "In {.code y ~ x | z} all columns of z are behind it."), call = call),
    "offset" = abort_input(
      c("{.arg formula} must not have an {.fn offset}.",
        i = "Mutual information knows no offset; subtract it from a column."), call = call),
    ":" = , "*" = , "/" = , "^" = , "%in%" = abort_input(
      c("{.arg formula} must join columns by {.code +}.",
        x = "It has {.code {deparse1(side)}}.",
        i = paste("A critic finds interactions by itself;",
                  "for arithmetic use {.code I({deparse1(side)})}.")),
      call = call),
    list(side))
}

# All variables in one model frame, missing values left in: rows are dealt with later, for
# both sides at once. `asked`: the user's call, for what else is evaluated in the data.
formula_frame <- function(model, data, asked, env, call = caller_env()) {
  beside <- intersect(c("subset", "weights", "groups"), names(asked))
  frame_call <- as.call(c(list(quote(stats::model.frame), model$sides, data = data,
                               na.action = quote(stats::na.pass)), as.list(asked)[beside]))
  eval_frame(eval(frame_call, env), "data", call)
}

# The same for new rows; the terms know what poly() or scale() computed from the old ones.
formula_frame_new <- function(model, data, call) {
  absent <- setdiff(model$variables, names(data))
  if (length(absent) > 0) {
    abort_input(c("{.arg x_new} must have the variables of the formula.",
                  x = "{.val {absent}} {?is/are} missing."), call = call)
  }
  eval_frame(stats::model.frame(model$terms, data, na.action = stats::na.pass), "x_new", call)
}

eval_frame <- function(frame, arg, call) {
  tryCatch(frame, error = function(e) {
    abort_input(c("{.arg {arg}} must have the variables of the formula, all of one length.",
                  x = "{conditionMessage(e)}"), call = call)
  })
}

# The blocks of a model frame: the variables of each side, not a model matrix, so that
# factors keep all their levels.
formula_blocks <- function(model, frame) {
  part <- function(...) Formula::model.part(model$sides, frame, ...)
  c(list(x = part(rhs = 1), y = part(lhs = 1)), if (is_conditional(model)) list(z = part(rhs = 2)))
}

# What messages call the blocks.
FORMULA_PARTS <- c(x = "the right-hand side", y = "the left-hand side", z = "the part behind |")

is_conditional <- function(model) length(model$sides)[2] > 1
