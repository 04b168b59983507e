# All that is computed is in nats; what a fit shows is in the units that were asked for.

NATS <- c(nats = 1, bits = log(2)) # in one of each

# Columns of tables that are information.
TABLES_IN_UNITS <- list(folds = "estimate", corrections = c("added", "error"),
                        calibration = c("said", "found", "low", "high"),
                        terms = c("estimate", "std.error"))

# The numbers that are information of a fit, or of a sum of them, in its units.
in_units <- function(fit, units) {
  one <- NATS[[units]]
  if (one == 1) return(fit)
  numbers <- intersect(c("estimate", "std_error", "conf_int", "lower", "gap", "most",
                         "pmi", "contribution", "trained"), names(fit))
  fit[numbers] <- lapply(fit[numbers], function(number) if (!is.null(number)) number / one)
  for (table in names(TABLES_IN_UNITS)) if (!is.null(fit[[table]])) {
    columns <- intersect(TABLES_IN_UNITS[[table]], names(fit[[table]]))
    fit[[table]][columns] <- fit[[table]][columns] / one
  }
  fit
}
