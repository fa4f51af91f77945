# Times one R engine on one data set; prints one line of JSON.
# Usage: Rscript worker.R ENGINE FOLDER, with FOLDER holding counts.bin (int32, genes fastest) and samples.tsv.
arguments <- commandArgs(trailingOnly = TRUE)
engine <- arguments[1]; folder <- arguments[2]
package <- c(deseq2 = "DESeq2", glmgampoi = "glmGamPoi", edger = "edgeR", voom = "limma")[[engine]]
suppressPackageStartupMessages({ library(package, character.only = TRUE); if (engine == "voom") library(edgeR) })
samples <- read.delim(file.path(folder, "samples.tsv"), colClasses = "character", stringsAsFactors = TRUE)
samples[] <- lapply(samples, factor)
size <- file.size(file.path(folder, "counts.bin")) / 4
counts <- matrix(readBin(file.path(folder, "counts.bin"), "integer", size), ncol = nrow(samples))
rownames(counts) <- paste0("g", seq_len(nrow(counts))); colnames(counts) <- paste0("s", seq_len(ncol(counts)))
rownames(samples) <- colnames(counts)
design <- as.formula(paste("~", paste(names(samples), collapse = " + ")))
run <- list(
  deseq2 = function() {
    dds <- DESeq(DESeqDataSetFromMatrix(counts, samples, design), quiet = TRUE)
    sum(results(dds, alpha = 0.05)$padj < 0.05, na.rm = TRUE)
  },
  glmgampoi = function() {
    fit <- glm_gp(counts[rowSums(counts) > 0, ], design, samples, on_disk = FALSE)
    sum(test_de(fit, tail(colnames(fit$Beta), 1))$adj_pval < 0.05, na.rm = TRUE)
  },
  edger = function() {
    x <- calcNormFactors(DGEList(counts[rowSums(counts) > 0, ]))
    matrix <- model.matrix(design, samples)
    x <- glmQLFTest(glmQLFit(estimateDisp(x, matrix), matrix))
    sum(topTags(x, n = Inf)$table$FDR < 0.05)
  },
  voom = function() {
    x <- calcNormFactors(DGEList(counts[rowSums(counts) > 0, ]))
    x <- eBayes(lmFit(voom(x, model.matrix(design, samples))))
    sum(topTable(x, coef = ncol(x$coefficients), number = Inf)$adj.P.Val < 0.05)
  }
)[[engine]]
seconds <- system.time(calls <- suppressMessages(run()))[["elapsed"]]
peak <- as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))) / 1e6
version <- as.character(packageVersion(package))
cat(sprintf('{"seconds": %.3f, "calls": %d, "peak_gb": %.3f, "version": "%s"}\n',
  seconds, as.integer(calls), peak, version))
