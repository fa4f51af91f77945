# Times R limma on one task and writes its answers; prints one line of JSON.
# Usage: Rscript linear.R TASK FOLDER, with FOLDER holding counts.bin (int32, genes fastest) and samples.tsv.
arguments <- commandArgs(trailingOnly = TRUE)
task <- arguments[1]; folder <- arguments[2]
suppressPackageStartupMessages(library(limma))
samples <- read.delim(file.path(folder, "samples.tsv"), colClasses = "character", stringsAsFactors = TRUE)
samples[] <- lapply(samples, factor)
size <- file.size(file.path(folder, "counts.bin")) / 4
counts <- matrix(readBin(file.path(folder, "counts.bin"), "integer", size), ncol = nrow(samples))
rownames(counts) <- paste0("g", seq_len(nrow(counts)))
design <- model.matrix(as.formula(paste("~", paste(names(samples), collapse = " + "))), samples)
simple <- model.matrix(~condition, samples)
logs <- log2(t((t(counts) + 0.5) / (colSums(counts) + 1)) * 1e6)
run <- list(
  voom = function() eBayes(lmFit(voom(counts, design), design)),
  trend = function() eBayes(lmFit(logs, design), trend = TRUE),
  quality = function() eBayes(lmFit(voomWithQualityWeights(counts, design), design)),
  blocks = function() {
    v <- voom(counts, simple)
    rho <- duplicateCorrelation(v, simple, block = samples$batch)$consensus.correlation
    eBayes(lmFit(v, simple, block = samples$batch, correlation = rho))
  }
)[[task]]
used <- system.time(fit <- suppressWarnings(run()))
k <- ncol(fit$coefficients)
answers <- cbind(fit$coefficients[, k], sqrt(fit$s2.post) * fit$stdev.unscaled[, k], fit$p.value[, k], fit$df.total)
writeBin(as.vector(answers), file.path(folder, paste0("r_", task, ".bin")))
cat(sprintf('{"wall": %.4f, "cpu": %.4f, "version": "%s, limma %s"}\n', used[["elapsed"]],
  used[["user.self"]] + used[["sys.self"]], R.version.string, packageVersion("limma")))
