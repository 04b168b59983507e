#' Tasks with a known mutual information
#'
#' `mi_tasks()` lists them, `mi_sample()` draws from one of them. They are for judging
#' estimators; see [mi_benchmark()].
#'
#' Suite `"bmi"` is the 40 tasks of Czyz et al. (2023). `"probes"` are kinds of dependence that
#' these leave out: mixtures, clusters, oscillations, dependence in a part of the rows, rounded
#' and discrete values, mixed types, heavy tails, curves in many columns, interactions without a
#' trace in any single column, one column or direction that matters among many, regressions on some
#' of many columns, edges, censoring; half of them (`role` `"development"`) may be used to improve
#' estimators, the others are for reports.
#' `"staircase"` is Gaussian and cubed pairs of 10 and 20 columns (Poole et al. 2019), and
#' `"independence"` has nothing to find.
#'
#' @param task String: a task's id.
#' @param n Whole number: rows to draw, by R's generator.
#' @return `mi_tasks()`: a data frame, one row a task: `task` (id), `suite`, `role`, `family`,
#'   `dim_x`, `dim_y` (columns), `mi` (mutual information, nats; closed forms, or else means over
#'   many draws to four digits, see `bench/tasks.R` in the sources), `definition`. `mi_sample()`: a
#'   list of `x` and `y`, matrices or data frames of n rows, and `pmi`, the rows' true pointwise
#'   mutual information, nats.
#' @section Errors:
#' A task that is not there, with those of similar names: class `anchormi_error_input`.
#' @references
#' Czyz, Grabowski, Vogt, Beerenwinkel, Marx (2023). Beyond normal: on the evaluation of mutual
#' information estimators. NeurIPS.
#'
#' Poole, Ozair, van den Oord, Alemi, Tucker (2019). On variational bounds of mutual
#' information. ICML.
#' @examples
#' table(mi_tasks()$suite)
#'
#' # Correlation sees nothing here:
#' set.seed(1)
#' drawn <- mi_sample("mixture-1v1", 1000)
#' cor(drawn$x, drawn$y)
#' mean(drawn$pmi)
#' @export
mi_tasks <- function() {
  tasks <- task_table()
  column <- function(name, type) vapply(tasks, `[[`, type, name, USE.NAMES = FALSE)
  data.frame(
    task = column("task", ""), suite = column("suite", ""), role = column("role", ""),
    family = column("family", ""), dim_x = column("dim_x", 1), dim_y = column("dim_y", 1),
    mi = column("mi", 1), definition = column("definition", ""))
}

#' @rdname mi_tasks
#' @export
mi_sample <- function(task, n) {
  task <- find_task(task)
  n <- check_count(n)
  task$draw(n)
}

task_table <- function() {
  c(bmi_tasks(), probe_tasks(), staircase_tasks(), independence_tasks())
}

find_task <- function(task, arg = caller_arg(task), call = caller_env()) {
  tasks <- task_table()
  ids <- vapply(tasks, `[[`, "", "task")
  if (!is.character(task) || length(task) != 1 || is.na(task)) {
    abort_input(c("{.arg {arg}} must be the id of a task, a string; see {.fn mi_tasks}.",
                  x = "It is {describe(task)}."), call = call)
  }
  if (!task %in% ids) {
    distance <- function(...) utils::adist(task, ids, ignore.case = TRUE, ...)
    near <- ids[order(distance(partial = TRUE), distance())][1:3]
    abort_input(c("{.arg {arg}} must be the id of a task; see {.fn mi_tasks}.",
                  x = "There is no {.val {task}}.", i = "Near to it are {.val {near}}."),
                call = call)
  }
  tasks[[match(task, ids)]]
}

# `draw(n)` gives list(x, y, pmi): n rows of both sides, and log p(x, y) / (p(x) p(y)) of each.
new_task <- function(task, family, dims, mi, definition, draw, role = NA_character_) {
  list(task = task, role = role, family = family, dim_x = dims[1], dim_y = dims[2], mi = mi,
       definition = definition, draw = draw)
}

in_suite <- function(suite, tasks) lapply(tasks, function(task) c(task, suite = suite))

# The 40 tasks of "Beyond Normal" -----------------------------------------------------------

bmi_tasks <- function() {
  rho <- 0.75
  normal <- draw_pairs(rho, 1)
  normal_mi <- gaussian_mi(rho)
  cdf <- draw_transformed(normal, stats::pnorm)
  bivariate <- list(
    new_task("1v1-normal-0.75", "normal", c(1, 1), normal_mi,
             "normal, correlation 0.75", normal),
    new_task("normal_cdf-1v1-normal-0.75", "normal", c(1, 1), normal_mi,
             "the same, uniform margins", cdf),
    new_task("1v1-bimodal-0.75", "normal", c(1, 1), normal_mi,
             "the same, bimodal margins", draw_transformed(normal, bimodal_x, bimodal_y)),
    new_task("wiggly-1v1-normal-0.75", "normal", c(1, 1), normal_mi,
             "the same, wiggly transforms", draw_transformed(normal, wiggly_x, wiggly_y)),
    new_task("half_cube-1v1-normal-0.75", "normal", c(1, 1), normal_mi,
             "the same, half-cubed", draw_transformed(normal, half_cube)),
    new_task("swissroll_x-normal_cdf-1v1-normal-0.75", "embedding", c(2, 1), normal_mi,
             "the same, x rolled up in the plane", draw_transformed(cdf, swissroll, identity)))
  additive <- lapply(c(0.1, 0.75), function(eps) {
    new_task(paste0("1v1-additive-", eps), "additive", c(1, 1), additive_mi(eps),
             sprintf("y = x + U(-%s, %s), x ~ U(0, 1)", eps, eps), draw_additive(eps))
  })
  dense <- lapply(c(2, 3, 5, 25, 50), function(d) {
    sigma <- 0.5 * (diag(2 * d) + 1)
    new_task(sprintf("multinormal-dense-%d-%d-0.5", d, d), "multinormal", c(d, d),
             multinormal_mi(sigma, d), "all correlations 0.5",
             draw_mixture(1, list(sigma), dim_x = d))
  })
  sparse <- lapply(c(2, 3, 5, 25), function(d) sparse_task(d))
  transformed <- lapply(c(3, 5, 25), function(d) {
    list(sparse_task(d, "normal_cdf", stats::pnorm),
         sparse_task(d, "half_cube", half_cube),
         sparse_task(d, "spiral", spiral_x, spiral_y),
         sparse_task(d, "spiral-normal_cdf", function(x) spiral_x(stats::pnorm(x)),
                     function(y) spiral_y(stats::pnorm(y))))
  })
  students <- list(c(1, 1), c(2, 1), c(2, 2), c(3, 2), c(3, 3), c(5, 2), c(5, 3))
  student <- lapply(students, function(p) student_task(p[1], p[2]))
  tame <- lapply(list(c(1, 1), c(2, 1), c(3, 2), c(5, 2)), function(p) {
    student_task(p[1], p[2], "asinh", asinh)
  })
  in_suite("bmi", c(bivariate, additive, dense, sparse, do.call(c, transformed), student, tame))
}

# d + d columns of which two pairs are related.
sparse_task <- function(d, name = NULL, of_x = NULL, of_y = of_x) {
  rho <- c(0.8, 0.8)
  draw <- draw_pairs(rho, d)
  if (!is.null(name)) draw <- draw_transformed(draw, of_x, of_y)
  new_task(paste(c(name, sprintf("multinormal-sparse-%d-%d-2-2.0", d, d)), collapse = "-"),
           if (is.null(name)) "multinormal" else "transformed", c(d, d), gaussian_mi(rho),
           paste(c("two pairs with correlation 0.8", name), collapse = ", "), draw)
}

student_task <- function(d, df, name = NULL, of_x = NULL) {
  draw <- draw_student(0, d, df)
  if (!is.null(name)) draw <- draw_transformed(draw, of_x)
  new_task(paste(c(name, sprintf("student-identity-%d-%d-%d", d, d, df)), collapse = "-"),
           "student", c(d, d), student_mi(0, d, df),
           paste(c(sprintf("Student's t, %d degrees of freedom, uncorrelated", df), name),
                 collapse = ", "), draw)
}

# Families ---------------------------------------------------------------------------------

# Standard normal columns, of which the first length(rho) pairs have the correlations rho.
draw_pairs <- function(rho, dim) {
  rho <- c(rho, numeric(dim - length(rho)))
  function(n) {
    x <- normal_matrix(n, dim)
    y <- x * rep(rho, each = n) + normal_matrix(n, dim) * rep(sqrt(1 - rho^2), each = n)
    list(x = x, y = y, pmi = pairs_pmi(x, y, rho))
  }
}

pairs_pmi <- function(x, y, rho) {
  pmi <- numeric(nrow(x))
  for (j in which(rho != 0)) {
    r <- rho[j]
    pmi <- pmi - log1p(-r^2) / 2 -
      (r^2 * (x[, j]^2 + y[, j]^2) - 2 * r * x[, j] * y[, j]) / (2 * (1 - r^2))
  }
  pmi
}

normal_matrix <- function(n, d) matrix(stats::rnorm(n * d), n)

# Mixture of normal distributions of (x, y): weights, covariances, and means by row.
draw_mixture <- function(weights, sigmas, means = matrix(0, length(weights), nrow(sigmas[[1]])),
                         dim_x) {
  force(weights)
  function(n) {
    z <- normal_matrix(n, ncol(means))
    part <- sample.int(length(weights), n, replace = TRUE, prob = weights)
    for (k in unique(part)) {
      rows <- part == k
      z[rows, ] <- z[rows, , drop = FALSE] %*% chol(sigmas[[k]]) +
        rep(means[k, ], each = sum(rows))
    }
    log_density <- function(columns) {
      logs <- vapply(seq_along(weights), function(k) {
        log(weights[k]) + log_normal(z[, columns, drop = FALSE], means[k, columns],
                                     sigmas[[k]][columns, columns, drop = FALSE])
      }, numeric(n))
      row_log_sums(matrix(logs, n))
    }
    of_x <- seq_len(dim_x)
    of_y <- seq_len(ncol(z))[-of_x]
    list(x = z[, of_x, drop = FALSE], y = z[, of_y, drop = FALSE],
         pmi = log_density(c(of_x, of_y)) - log_density(of_x) - log_density(of_y))
  }
}

log_normal <- function(z, mean, sigma) {
  root <- chol(sigma)
  standard <- backsolve(root, t(z) - mean, transpose = TRUE)
  -colSums(standard^2) / 2 - sum(log(diag(root))) - ncol(z) / 2 * log(2 * pi)
}

multinormal_mi <- function(sigma, dim_x) {
  log_det <- function(s) sum(log(diag(chol(s)))) * 2
  x <- seq_len(dim_x)
  (log_det(sigma[x, x, drop = FALSE]) + log_det(sigma[-x, -x, drop = FALSE]) -
     log_det(sigma)) / 2
}

# Student's t with d + d columns: pairs of normals with correlation rho over one chi per row.
draw_student <- function(rho, d, df) {
  force(rho)
  force(df)
  function(n) {
    x <- normal_matrix(n, d)
    y <- rho * x + sqrt(1 - rho^2) * normal_matrix(n, d)
    scale <- sqrt(stats::rchisq(n, df) / df)
    x <- x / scale
    y <- y / scale
    log_t <- function(quadratic, k) {
      student_constant(df, k) - (df + k) / 2 * log1p(quadratic / df)
    }
    both <- rowSums(x^2 - 2 * rho * x * y + y^2) / (1 - rho^2)
    list(x = x, y = y,
         pmi = log_t(both, 2 * d) - d / 2 * log1p(-rho^2) - log_t(rowSums(x^2), d) -
           log_t(rowSums(y^2), d))
  }
}

student_mi <- function(rho, d, df) {
  entropy <- function(k) {
    (df + k) / 2 * (digamma((df + k) / 2) - digamma(df / 2)) - student_constant(df, k)
  }
  2 * entropy(d) - entropy(2 * d) + gaussian_mi(rep(rho, d))
}

# Of so many columns, in pairs.
draw_additive <- function(eps, dim = 1) {
  force(eps)
  force(dim)
  function(n) {
    x <- matrix(stats::runif(n * dim), n)
    y <- x + matrix(stats::runif(n * dim, -eps, eps), n)
    # The density of y is the part of (0, 1) within eps of it, over 2 eps.
    list(x = x, y = y, pmi = -rowSums(log(pmin(y + eps, 1) - pmax(y - eps, 0))))
  }
}

additive_mi <- function(eps) if (eps > 0.5) 1 / (4 * eps) else eps - log(2 * eps)

# One-to-one transforms -----------------------------------------------------------------------

draw_transformed <- function(draw, of_x, of_y = of_x) {
  force(draw)
  force(of_x)
  force(of_y)
  function(n) {
    drawn <- draw(n)
    list(x = of_x(drawn$x), y = of_y(drawn$y), pmi = drawn$pmi)
  }
}

half_cube <- function(u) u * sqrt(abs(u))

wiggly_x <- function(u) {
  u + 0.4 * sin(u) + 0.2 * sin(1.7 * u + 1) + 0.03 * sin(3.3 * u - 2.5)
}

wiggly_y <- function(u) {
  u - 0.4 * sin(0.4 * u) + 0.17 * sin(1.3 * u + 3.5) + 0.02 * sin(4.3 * u - 2.5)
}

bimodal_x <- function(u) to_mixture(u, c(0.3, 0.7), c(0, 5))
bimodal_y <- function(u) to_mixture(u, c(0.5, 0.5), c(-1, 3))

# Standard normal u to the quantiles of a mixture of unit normals.
to_mixture <- function(u, weights, means) {
  t <- seq(min(means) - 9, max(means) + 9, by = 0.01)
  tail <- function(lower) {
    rowSums(mapply(function(w, m) w * stats::pnorm(t, m, lower.tail = lower), weights, means))
  }
  # Each tail by its own probability: near 1 there are no digits left.
  at <- ifelse(tail(TRUE) < 0.5, stats::qnorm(tail(TRUE)), -stats::qnorm(tail(FALSE)))
  u[] <- stats::splinefun(at, t, method = "monoH.FC")(u)
  u
}

swissroll <- function(x) {
  t <- 1.5 * pi * (1 + 2 * x)
  cbind(t * cos(t), t * sin(t)) / 21
}

spiral_x <- function(x) spiral(x, c(1, 2))
spiral_y <- function(y) spiral(y, c(2, 3))

# Two columns turned by an angle that grows with the row's length.
spiral <- function(x, columns) {
  angle <- rowSums(x^2) / ncol(x)
  a <- x[, columns[1]]
  b <- x[, columns[2]]
  x[, columns] <- cbind(a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle))
  x
}
