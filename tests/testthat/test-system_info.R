test_that("system information says what is in use", {
  rlang::local_options(anchormi.isa = NULL)
  info <- mi_system_info()
  expect_s3_class(info, "mi_system_info")
  expect_identical(info$isa, info$isa_available[1])
  expect_true(is.logical(info$openmp) && info$processors >= 1 && info$threads >= 1)
  expect_output(print(info), paste("Instructions +", info$isa, sep = ""))
})

test_that("every instruction set gives the same fit, but for rounding", {
  rlang::local_options(anchormi.isa = NULL)
  set.seed(1)
  data <- gaussian_pairs(200, 2, 0.7)
  fit <- function(isa, critic) {
    rlang::local_options(anchormi.isa = isa)
    set.seed(1)
    mi_anchor(data$x, data$y, critic = critic, control = quick(max_steps = 40))
  }
  for (critic in list(critic_bilinear(), critic_separable(8, 4), critic_joint(8))) {
    best <- fit(NULL, critic)
    for (isa in mi_system_info()$isa_available) {
      expect_equal(fit(isa, critic)$pmi, best$pmi, tolerance = 1e-3)
    }
    expect_identical(fit(mi_system_info()$isa, critic)$pmi, best$pmi)
  }
})

test_that("the option reaches other processes", {
  skip_on_cran()
  skip_if_not_installed("future.apply")
  rlang::local_options(anchormi.isa = utils::tail(mi_system_info()$isa_available, 1))
  fit <- small_fit()
  old <- future::plan(future::multisession, workers = 2)
  on.exit(future::plan(old))
  expect_identical(small_fit()[c("pmi", "critics")], fit[c("pmi", "critics")])
})

test_that("an instruction set that isn't there is refused", {
  rlang::local_options(anchormi.isa = "abacus")
  expect_error(mi_system_info(), class = "anchormi_error_input")
  expect_error(small_fit(), class = "anchormi_error_input")
  expect_error(contrastive_loss(diag(3)), class = "anchormi_error_input")
  expect_error(proper_score(c(0.5, 0.5), 0), class = "anchormi_error_input")
  rlang::local_options(anchormi.isa = NULL)
  fit <- small_fit()
  rlang::local_options(anchormi.isa = rep(mi_system_info()$isa_available, length.out = 2))
  expect_error(predict(fit, 1, 1), class = "anchormi_error_input")
  rlang::local_options(anchormi.isa = 2)
  expect_error(mi_system_info(), class = "anchormi_error_input")
})
