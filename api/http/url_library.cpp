// Boost.URL is used header-only: its function bodies are compiled once, here.
#include <boost/url/src.hpp>
