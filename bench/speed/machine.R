# What scripts here run on, and beside what.
processor <- function() {
  if (!file.exists("/proc/cpuinfo")) return(Sys.info()[["machine"]])
  about <- grep("^model name", readLines("/proc/cpuinfo"), value = TRUE)
  if (length(about) > 0) sub("^[^:]*: *", "", about[1]) else Sys.info()[["machine"]]
}

# Debian's PyTorch is the system's Python's.
python <- if (file.exists("/usr/bin/python3")) "/usr/bin/python3" else Sys.which("python3")

lines_of <- function(program, arguments) {
  lines <- suppressWarnings(system2(program, arguments, stdout = TRUE))
  if (!is.null(attr(lines, "status"))) stop(program, " failed: ", attr(lines, "status"))
  lines
}

# A line about the PyTorch that is here; NULL, with a message: there is none, or none with a fast
# BLAS (on the reference BLAS it is twenty times as slow, and no peer).
find_peer <- function() {
  peer <- tryCatch(lines_of(python, c("bench/speed/peer.py", "about", "2>/dev/null")),
                   error = function(e) NULL)
  if (!is.null(peer) && grepl("openblas|mkl|blis", peer)) return(peer)
  message("There is no PyTorch with a fast BLAS (Debian: python3-torch, libopenblas0-pthread): ",
          "no peer is run.")
  NULL
}

about_peer <- function(peer) {
  sprintf("Peer: %s.", if (is.null(peer)) "there is no PyTorch here, so there are no numbers of it"
                       else peer)
}
