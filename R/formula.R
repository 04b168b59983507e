# Two-sided formulas, y1 + y2 ~ x1 + x2: `+` joins the columns of a block.

# The formula in a form that has each side's variables; `.` needs the data.
formula_sides <- function(formula, data, call = caller_env()) {
  if (length(formula) != 3) {
    abort_input(c("{.arg formula} must have two sides, as in {.code y1 + y2 ~ x1 + x2}.",
                  x = "It is {.code {deparse1(formula)}}."), call = call)
  }
  if (is.data.frame(data)) {
    twice <- unique(names(data)[duplicated(names(data))])
    if (length(twice) > 0) {
      abort_input(c("Columns of {.arg data} must have different names.",
                    x = "{.val {twice}} {?occurs/occur} more than once."), call = call)
    }
  } else if (!is.environment(data) && !is.list(data)) {
    abort_input(c("{.arg data} must be a data frame.", x = "It is {describe(data)}."),
                call = call)
  }
  sides <- Formula::Formula(formula)
  if (!identical(length(sides), c(1L, 1L))) {
    abort_input(c("{.arg formula} must have one part on each side.",
                  x = "It has a {.code |}.",
                  i = "Conditional mutual information is not offered."), call = call)
  }
  terms <- stats::terms(sides, data = if (is.data.frame(data)) data)
  if (!is.null(attr(terms, "offset"))) {
    abort_input(c("{.arg formula} must not have an {.fn offset}.",
                  i = "Mutual information knows no offset; subtract it from a column."),
                call = call)
  }
  if (is.data.frame(data)) sides <- Formula::Formula(formula_expand(formula, data))
  sides
}

# `.` on the right: every column of the data that the left side doesn't use.
formula_expand <- function(formula, data) {
  if (!"." %in% all.vars(formula[[3]])) return(formula)
  others <- setdiff(names(data), all.vars(formula[[2]]))
  dot <- Reduce(function(a, b) call("+", a, b), lapply(others, as.name))
  formula[[3]] <- do.call(substitute, list(formula[[3]], list(. = dot)))
  formula
}

# All variables in one model frame, missing values left in: rows are dealt with later,
# for both sides at once.
formula_frame <- function(sides, call, env, error_call = caller_env()) {
  frame_call <- call[c(1, match(c("data", "subset"), names(call), 0))]
  frame_call[[1]] <- quote(stats::model.frame)
  frame_call$formula <- sides
  frame_call$na.action <- quote(stats::na.pass)
  eval_frame(eval(frame_call, env), "data", error_call)
}

# The same for new rows; the terms know what poly() or scale() computed from the old ones.
formula_frame_new <- function(terms, data, call) {
  # A column that is absent must not be found elsewhere; a constant in a term may be.
  elsewhere <- Filter(function(name) {
    length(get0(name, environment(terms), ifnotfound = 1:2)) > 1 ||
      is.function(get0(name, environment(terms)))
  }, setdiff(all.vars(terms), names(data)))
  if (length(elsewhere) > 0) {
    abort_input(c("{.arg x_new} must have the variables of the formula.",
                  x = "{.val {elsewhere}} {?is/are} missing."), call = call)
  }
  eval_frame(stats::model.frame(terms, data, na.action = stats::na.pass), "x_new", call)
}

eval_frame <- function(frame, arg, call) {
  tryCatch(frame, error = function(e) {
    abort_input(c("{.arg {arg}} must have the variables of the formula, all of one length.",
                  x = "{conditionMessage(e)}"), call = call)
  })
}

# The blocks of a model frame: the variables of each side, not a model matrix, so that
# factors keep all their levels.
formula_blocks <- function(sides, frame) {
  list(x = Formula::model.part(sides, frame, rhs = 1),
       y = Formula::model.part(sides, frame, lhs = 1))
}
