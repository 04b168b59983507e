# The main job on real data; called by `make demo`. Prints three fits and writes a picture.
.libPaths(c(normalizePath("build/library"), .libPaths()))
library(anchormi)

cat("How much do the German and Swiss stock indices tell about the French and British\n",
    "on the same day? Daily returns, 1991-1998, 1859 days.\n\n", sep = "")
returns <- diff(log(EuStockMarkets))
set.seed(1)
stocks <- mi_anchor(returns[, c("DAX", "SMI")], returns[, c("CAC", "FTSE")])
print(stocks)
gaussian <- -0.5 * log(det(cor(returns)) / (det(cor(returns[, 1:2])) * det(cor(returns[, 3:4]))))
cat(sprintf("\nFor comparison, if returns were jointly Gaussian: %.4f nats.\n", gaussian))

cat("\nHow much do a flower's measurements tell about its species? At most log(3) =",
    format(log(3), digits = 4), "nats.\n\n")
set.seed(1)
print(mi_anchor(Species ~ ., data = iris))

cat("\nAnd if the measurements are shuffled?\n\n")
shuffled <- iris
set.seed(1)
shuffled[1:4] <- shuffled[sample(150), 1:4]
print(mi_anchor(Species ~ ., data = shuffled))

grDevices::png("build/demo.png", width = 1400, height = 900, res = 180)
print(autoplot(stocks))
invisible(grDevices::dev.off())
cat("\nThe days' contributions to the first estimate are drawn in build/demo.png.\n")
