# All that is computed is in nats; what a fit shows is in the units that were asked for.

NATS <- c(nats = 1, bits = log(2)) # in one of each

# A fit's numbers that are information, in its units. Columns of its tables too.
in_units <- function(fit, units) {
  one <- NATS[[units]]
  if (one == 1) return(fit)
  numbers <- intersect(c("estimate", "std_error", "conf_int", "lower", "gap", "correction",
                         "correction_error", "pmi", "contribution", "trained"), names(fit))
  fit[numbers] <- lapply(fit[numbers], function(number) if (!is.null(number)) number / one)
  fit$folds$estimate <- fit$folds$estimate / one
  if (!is.null(fit$calibration)) {
    logs <- c("said", "found", "low", "high")
    fit$calibration[logs] <- fit$calibration[logs] / one
  }
  fit
}
