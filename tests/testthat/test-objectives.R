test_that("contrastive_loss() is the loss of its definition, and its derivatives", {
  set.seed(1)
  for (b in c(3, 5, 8)) for (nu in c(0, 0.1, 1, 10)) for (k in unique(c(2, b - 1))) {
    scores <- matrix(rnorm(b * b), b)
    objective <- objective_anchor(nu = nu, k = k)
    loss <- contrastive_loss(scores, objective)
    expect_equal(loss$value, reference_loss(scores, nu, k), tolerance = 1e-12)
    numeric <- vapply(seq_along(scores), function(i) {
      h <- replace(0 * scores, i, 1e-5)
      (reference_loss(scores + h, nu, k) - reference_loss(scores - h, nu, k)) / 2e-5
    }, 1)
    expect_equal(c(loss$gradient), numeric, tolerance = 1e-6)
  }
})

test_that("K = 1 is noise-contrastive estimation", {
  set.seed(2)
  s <- matrix(rnorm(16), 4)
  softplus <- function(x) log1p(exp(x))
  nu <- 2
  nce <- mean(softplus(log(nu) - diag(s))) / (1 + nu) +
    nu / (1 + nu) * mean(softplus(s[row(s) != col(s)] - log(nu)))
  expect_equal(contrastive_loss(s, objective_anchor(nu = nu, k = 1))$value, nce,
               tolerance = 1e-12)
})

test_that("extreme scores give finite losses and gradients", {
  for (nu in c(0, 1, 10)) for (size in c(40, 300, 700)) {
    scores <- matrix(c(size, -size, size, -size, size, size, -size, size, -size), 3)
    loss <- contrastive_loss(scores, objective_anchor(nu = nu))
    expect_true(is.finite(loss$value))
    expect_true(all(is.finite(loss$gradient)))
  }
})

# A joint distribution of a 4-valued x and a 3-valued y, and its population loss by
# enumerating every batch of B pairs. One free score for each cell.
joint <- local({
  set.seed(3)
  p <- matrix(rexp(12), 4)
  p / sum(p)
})
population_minimum <- function(objective, b) {
  batches <- as.matrix(expand.grid(rep(list(seq_len(12)), b)))
  # A batch's loss doesn't depend on its order: one of each will do, so many times.
  batches <- batches[apply(batches, 1, function(batch) !is.unsorted(batch)), ]
  weights <- apply(batches, 1, function(batch) {
    prod(joint[batch]) * factorial(b) / prod(factorial(table(batch)))
  })
  # Cells of the batch's score matrix: x of the row's pair, y of the column's.
  cells <- apply(batches, 1, function(batch) {
    outer((batch - 1) %% 4, 4 * ((batch - 1) %/% 4), "+") + 1
  })
  evaluate <- function(theta) {
    losses <- lapply(seq_along(weights), function(i) {
      contrastive_loss(matrix(theta[cells[, i]], b), objective)
    })
    values <- vapply(losses, `[[`, 1, "value")
    gradients <- vapply(losses, function(loss) c(loss$gradient), numeric(b^2))
    list(value = sum(weights * values),
         gradient = c(rowsum(c(sweep(gradients, 2, weights, "*")), c(cells))))
  }
  last <- NULL
  at <- function(theta) {
    if (!identical(theta, last$theta)) last <<- c(list(theta = theta), evaluate(theta))
    last
  }
  optimum <- nlminb(numeric(12), function(t) 1000 * at(t)$value, function(t) 1000 * at(t)$gradient,
                    control = list(rel.tol = 1e-15, x.tol = 1e-12))
  matrix(optimum$par, 4)
}
truth <- log(joint / outer(rowSums(joint), colSums(joint)))

test_that("the anchored loss is least at the log density ratio", {
  for (nu in c(0.5, 10)) {
    found <- population_minimum(objective_anchor(nu = nu, k = 1), b = 2)
    expect_lt(max(abs(found - truth)), 1e-3)
  }
  found <- population_minimum(objective_anchor(nu = 1), b = 3)
  expect_lt(max(abs(found - truth)), 1e-3)
})

test_that("InfoNCE finds the ratio only up to a function of x", {
  found <- population_minimum(objective_anchor(nu = 0), b = 3)
  difference <- found - truth
  expect_lt(max(apply(difference, 1, function(d) diff(range(d)))), 1e-3)
  expect_gt(max(abs(difference)), 0.05)
})

test_that("options are checked", {
  expect_snapshot(error = TRUE, {
    objective_anchor(nu = -1)
    objective_anchor(nu = NA)
    objective_anchor(k = 0)
    objective_anchor(k = 1.5)
    objective_anchor(nu = 0, k = 1)
    contrastive_loss(1:3)
    contrastive_loss(matrix(1:6, 2))
    contrastive_loss(matrix(c(1, NA, Inf, 2), 2))
    contrastive_loss(matrix(0, 2, 2), objective_anchor(nu = 0))
    contrastive_loss(diag(3), "anchor")
  })
})

test_that("objectives print", {
  expect_snapshot({
    objective_anchor()
    objective_anchor(nu = 1, k = 1)
    objective_anchor(nu = 0, k = 8)
  })
})
