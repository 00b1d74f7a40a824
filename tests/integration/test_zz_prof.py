import cProfile, pstats
from tests.integration.test_crawler import *
def test_prof(database_url):
    def look(who):
        crawler = who.crawler
        crawler.start("a newcomer", [crawler.event("follow")])
    p=cProfile.Profile(); p.enable()
    try: crawl(database_url,"zh-TW",13,look,(1,1))
    finally:
        p.disable(); pstats.Stats(p).sort_stats("cumtime").print_stats(55)
