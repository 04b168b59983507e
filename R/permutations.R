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

# A test wants as many permutations of the groups as a level of one in twenty does, and that they
# change something: dependence within groups doesn't show where these are permuted as they are.
check_permutable <- function(data, call) {
  if (is.null(data$groups)) return(invisible())
  alike <- table(group_sizes(data$groups))
  if (sum(lfactorial(alike)) < log(20)) {
    abort_input(c("{.arg groups} must have more groups of one size.",
                  x = "There are {max(data$groups)}, and of one size {max(alike)} at most.",
                  i = paste("Whole groups are permuted, among those of their size: there must be",
                            "twenty ways to do so, for which four groups of one size suffice.")),
                call = call)
  }
  for (side in c("x", "y")) if (same_in_groups(data[[side]], data$groups)) {
    abort_input(c("With {.arg groups} x and y must differ between groups.",
                  x = "{side} is the same in all of a size: permuting them changes nothing.",
                  i = paste("Of dependence within groups, as on the time or dose that all have,",
                            "{.fn mi_anchor} with {.arg groups} says how much there is.")),
                call = call)
  }
}

# Whether all groups of a size have the same rows in the same order.
same_in_groups <- function(block, groups) {
  rows <- split(seq_along(groups), groups)
  all(vapply(split(rows, lengths(rows)), function(of_size) {
    first <- block[of_size[[1]], , drop = FALSE]
    all(vapply(of_size, function(own) all(block[own, , drop = FALSE] == first), NA))
  }, NA))
}

# Of statistics, the first of them the observed one. Ties are broken at random, so that it is
# uniform on 1/m, 2/m, ..., 1, and not conservative where there are many.
permutation_p <- function(statistics) {
  above <- sum(statistics > statistics[1])
  (above + sample.int(sum(statistics == statistics[1]), 1)) / length(statistics)
}
