student_sample <- function(n, df, rho = 0.6, dx = 2, dy = 1) {
  z <- matrix(rnorm(n * (dx + dy)), n)
  z[, dx + 1] <- rho * z[, 1] + sqrt(1 - rho^2) * z[, dx + 1]
  q <- z / sqrt(rchisq(n, df) / df)
  scores <- qnorm(pt(q, df)) # what ranks would say of endless rows
  list(q = q, x = scores[, seq_len(dx), drop = FALSE], y = scores[, dx + seq_len(dy), drop = FALSE])
}

# Log density of a multivariate t, from its definition.
log_density_t <- function(q, sigma, df) {
  d <- length(q)
  lgamma((df + d) / 2) - lgamma(df / 2) - d / 2 * log(df * pi) - log(det(sigma)) / 2 -
    (df + d) / 2 * log(1 + sum(q * solve(sigma, q)) / df)
}

test_that("log ratios are those of multivariate t densities, of rows and of all pairs", {
  set.seed(1)
  s <- student_sample(4000, 2)
  form <- student_fit(s$x, s$y)
  expect_equal(form$df, 2, tolerance = 0.2)
  expect_equal(form$gaussian$rho, 0.6, tolerance = 0.05)
  # the dispersion that the form stands for
  of_x <- solve(form$whitening_x %*% form$whitening_x)
  of_y <- solve(form$whitening_y %*% form$whitening_y)
  across <- of_x %*% form$gaussian$x %*% diag(form$gaussian$rho, 1) %*% t(form$gaussian$y) %*% of_y
  sigma <- rbind(cbind(of_x, across), cbind(t(across), of_y))
  pairs <- student_blocks(form, s$x, s$y, list(1:5))[[1]]
  for (i in 1:5) for (j in 1:5) {
    q <- c(t_scores(s$x[i, ], form$ratios), t_scores(s$y[j, ], form$ratios))
    expect_equal(pairs[i, j], log_density_t(q, sigma, form$df) -
                   log_density_t(q[1:2], of_x, form$df) - log_density_t(q[3], of_y, form$df))
  }
  expect_equal(student_pairs(form, s$x[1:5, ], s$y[1:5, , drop = FALSE]), diag(pairs))
})

test_that("t-scores are quantiles, to the ends", {
  z <- c(-10, -4, -0.3, 0, 1e-6, 2, 6, 10)
  for (df in c(0.5, 1, 3.3, 50)) {
    wanted <- sign(z) * -qt(pnorm(-abs(z), log.p = TRUE), df, log.p = TRUE)
    expect_equal(t_scores(z, t_ratios(df)), wanted, tolerance = 0.01)
    expect_equal(t_scores(z[3:6], t_ratios(df)), wanted[3:6], tolerance = 1e-3)
  }
})

test_that("a common scale alone is found, and many degrees of freedom where there is none", {
  set.seed(2)
  s <- student_sample(600, 1, rho = 0)
  form <- student_fit(s$x, s$y)
  new <- student_sample(4000, 1, rho = 0)
  truth <- mean(apply(new$q, 1, function(q) {
    log_density_t(q, diag(3), 1) - log_density_t(q[1:2], diag(2), 1) - dt(q[3], 1, log = TRUE)
  }))
  expect_equal(mean(student_pairs(form, new$x, new$y)), truth, tolerance = 0.1)
  x <- matrix(rnorm(4000), 2000)
  expect_gt(student_fit(x, x[, 1, drop = FALSE] + rnorm(2000))$df, 20)
})

test_that("constant columns, ties and too many columns are no obstacle", {
  set.seed(3)
  x <- cbind(rep(0:1, 100), 0)
  y <- cbind(rep(0:1, 100) - 0.5)
  form <- student_fit(x, y)
  expect_true(all(is.finite(student_pairs(form, x, y))))
  wide <- matrix(rnorm(20 * 50), 50)
  fold <- list(zx = wide, zy = wide, train = 1:50)
  expect_null(choose_student(fold))
})

test_that("few rows are enough for the default to find heavy tails that come together", {
  set.seed(4)
  drawn <- mi_sample("student-identity-5-5-2", 500)
  fit <- mi_anchor(drawn$x, drawn$y, critic = critic_auto("student", character()))
  expect_equal(fit$estimate, 0.448, tolerance = 0.2)
  expect_named(fit$critics[[1]]$weights, "student")
})
