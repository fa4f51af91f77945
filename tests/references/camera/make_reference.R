# Makes scores.tsv.gz, sets.gmt and limma.tsv of this folder with R limma and statmod (Debian: r-bioc-limma,
# r-cran-statmod) from the airway counts beside the repository. Usage: Rscript make_reference.R FOLDER, FOLDER = airway
suppressPackageStartupMessages(library(limma))
folder <- commandArgs(trailingOnly = TRUE)[1]
counts <- as.matrix(read.delim(file.path(folder, "counts.tsv.gz"), row.names = 1))
samples <- read.delim(file.path(folder, "samples.tsv"), stringsAsFactors = TRUE)
counts <- counts[rowSums(counts) > 100, ]
levels <- round(log2(t(t(counts) / colSums(counts)) * 1e6 + 1), 6)
set.seed(1)
levels <- levels[sort(sample(nrow(levels), 3000)), ]
design <- model.matrix(~ cell + dex, samples)
sets <- lapply(c(5, 6, 10, 20, 50, 100, 300), function(n) sort(sample(nrow(levels), n)))
together <- cor(t(levels))
sets[[8]] <- order(-together[1, ])[1:25]; sets[[9]] <- order(-together[500, ])[1:60]
names(sets) <- paste0("S", seq_along(sets))
contrast <- c(0, 0, 0, 0, -1)
estimated <- camera(levels, sets, design, contrast, inter.gene.cor = NA, sort = FALSE)
preset <- camera(levels, sets, design, contrast, inter.gene.cor = 0.01, sort = FALSE)
rotation <- fry(levels, sets, design, contrast, standardize = "none", sort = "none")
fit <- eBayes(contrasts.fit(lmFit(levels, design), contrast))
score <- zscoreT(fit$t[, 1], fit$df.total, approx = TRUE, method = "hill")
exact <- function(x) formatC(x, digits = 13, format = "g")
con <- gzfile("scores.tsv.gz", "w")
write.table(data.frame(gene = rownames(levels), score = exact(score)), con, sep = "\t", row.names = FALSE, quote = FALSE)
close(con)
writeLines(sapply(names(sets), function(n) paste(c(n, "drawn", rownames(levels)[sets[[n]]]), collapse = "\t")), "sets.gmt")
write.table(data.frame(
  set = rownames(estimated), correlation = exact(estimated$Correlation), p_value = exact(estimated$PValue),
  preset_p_value = exact(preset$PValue), fry_p_value = exact(rotation$PValue), limma = as.character(packageVersion("limma"))
), "limma.tsv", sep = "\t", row.names = FALSE, quote = FALSE)
