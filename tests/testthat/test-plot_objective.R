test_that("objectives and scores are drawn by the code that trains", {
  skip_if_not_installed("ggplot2")
  for (objective in list(objective_anchor(score_brier()), objective_flo(), objective_spectral(),
                         objective_infonce(), objective_mine())) {
    curves <- ggplot2::ggplot_build(autoplot(objective))$plot$data
    expect_true(all(is.finite(curves$loss)))
    # Both curves meet where all scores are those of independence.
    at <- curves[curves$score == if (objective$core$ratio) 1 else 0, "loss"]
    expect_equal(at[1], at[2])
  }
  curves <- ggplot2::ggplot_build(autoplot(score_log()))$plot$data
  at <- curves[abs(curves$probability - 0.25) < 1e-9, ]
  expect_equal(at$loss, c(-log(0.75), -log(0.25), -0.75 * log(0.75) - 0.25 * log(0.25)))
})

test_that("pictures are of batches large enough for the objective's options", {
  skip_if_not_installed("ggplot2")
  expect_s3_class(autoplot(objective_anchor(k = 8)), "ggplot")
  expect_s3_class(autoplot(objective_multilabel(5)), "ggplot")
})
