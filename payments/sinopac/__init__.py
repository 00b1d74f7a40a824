"""Bank SinoPac 豐收款 (funBIZ): its encryption, its codes and a client of its payment API."""
