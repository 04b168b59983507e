# Help pages and NAMESPACE from the comments in R/, README.md from README.Rmd.
roxygen2::roxygenise(load_code = "source")
.libPaths(c(normalizePath("build/library"), .libPaths()))
knitr::opts_knit$set(progress = FALSE)
invisible(knitr::knit("README.Rmd", "README.md", quiet = TRUE))
