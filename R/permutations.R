# Permutations of rows, or of whole groups of them, and p-values by them.

# Permutations of so many rows as columns, number 1 of them the identity; of `strata` each its own.
permutations_of <- function(n, numbers, strata = NULL) {
  groups <- if (is.null(strata)) list(seq_len(n)) else split(seq_len(n), strata)
  vapply(numbers, function(j) {
    rows <- seq_len(n)
    if (j > 1) for (group in groups) rows[group] <- group[sample.int(length(group))]
    rows
  }, integer(n))
}

# Of whole groups among those of as many rows, each row in its place in the group.
permutations_of_groups <- function(groups, numbers) {
  rows <- split(seq_along(groups), groups)
  place <- unlist(rows, use.names = FALSE)
  of_groups <- permutations_of(length(rows), numbers, lengths(rows))
  apply(of_groups, 2, function(in_place) {
    out <- place
    out[place] <- unlist(rows[in_place], use.names = FALSE)
    out
  })
}

# A test wants as many permutations of the groups as a level of one in twenty does.
check_permutable <- function(groups, call) {
  if (is.null(groups)) return(invisible())
  alike <- table(group_sizes(groups))
  if (sum(lfactorial(alike)) >= log(20)) return(invisible())
  abort_input(c("{.arg groups} must have more groups of one size.",
                x = paste("There are", max(groups), "and of one size", max(alike), "at most."),
                i = paste("Whole groups are permuted, among those of their size: there must be",
                          "twenty ways to do so, for which four groups of one size suffice.")),
              call = call)
}

# As dependence within groups does not show where groups are permuted as they are.
abort_same_in_groups <- function(call) {
  abort_input(c("With {.arg groups} x and y must differ between groups.",
                x = "Either is the same in all groups, so that permuting these changes nothing.",
                i = paste("Of dependence within groups, as on the time or the dose that all have,",
                          "{.fn mi_anchor} with {.arg groups} says how much there is.")),
              call = call)
}

# Of statistics, the first of them the observed one. Ties are broken at random, so that it is
# uniform on 1/m, 2/m, ..., 1, and not conservative where there are many.
permutation_p <- function(statistics) {
  above <- sum(statistics > statistics[1])
  (above + sample.int(sum(statistics == statistics[1]), 1)) / length(statistics)
}
