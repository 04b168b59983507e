# Installs the R packages that are missing: what DESCRIPTION imports, what the demo and
# the tests use, and with the argument `dev` what documentation and checks use too. On
# Debian, as root, packages come built; elsewhere from CRAN, into the first library that
# can be written to.

wanted <- c("cli", "FNN", "Formula", "future", "future.apply", "generics", "ggplot2",
            "progressr", "rlang", "testthat", "vdiffr")
programs <- character()
if ("dev" %in% commandArgs(trailingOnly = TRUE)) {
  wanted <- c(wanted, "knitr", "lintr", "rmarkdown", "roxygen2")
  programs <- c(clang = "clang", "clang-format" = "clang-format", pandoc = "pandoc",
                qpdf = "qpdf", tidy = "tidy", valgrind = "valgrind")
}

absent <- function() wanted[!vapply(wanted, requireNamespace, logical(1), quietly = TRUE)]

apt <- nzchar(Sys.which("apt-get")) && Sys.info()[["effective_user"]] == "root"
missing_programs <- programs[!nzchar(Sys.which(names(programs)))]
if (apt && length(c(absent(), missing_programs)) > 0) {
  debian <- c(paste0("r-cran-", tolower(absent())), missing_programs)
  if ("clang" %in% missing_programs) debian <- c(debian, "libclang-rt-14-dev")
  message("Installing ", paste(debian, collapse = ", "))
  Sys.setenv(DEBIAN_FRONTEND = "noninteractive")
  system2("apt-get", c("-qq", "update"), stdout = FALSE)
  for (package in debian) {
    system2("apt-get", c("-qq", "-y", "--no-install-recommends", "install", package),
            stdout = FALSE)
  }
}

# What Debian has may be too old for what CRAN installs beside it, so ask again.
if (length(absent()) > 0) {
  library_path <- .libPaths()[1]
  if (file.access(library_path, 2) != 0) {
    library_path <- Sys.getenv("R_LIBS_USER")
    dir.create(library_path, recursive = TRUE, showWarnings = FALSE)
    .libPaths(library_path)
  }
  repos <- getOption("repos")
  if (identical(repos[["CRAN"]], "@CRAN@")) repos <- c(CRAN = "https://cloud.r-project.org")
  message("Installing from CRAN: ", paste(absent(), collapse = ", "))
  utils::install.packages(absent(), lib = library_path, repos = repos, quiet = TRUE)
}

if (length(absent()) > 0) {
  stop("These packages could not be installed: ", paste(absent(), collapse = ", "))
}
