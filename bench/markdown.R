# A data frame as lines of a Markdown table, and an empty one behind it.
markdown <- function(table) {
  c(paste0("| ", paste(names(table), collapse = " | "), " |"),
    paste0("|", strrep(" --- |", ncol(table))),
    apply(table, 1, function(row) paste0("| ", paste(trimws(row), collapse = " | "), " |")), "")
}
