#pragma once

#include <string>

namespace pakashop::kit {

/// A private PostgreSQL cluster for this run of the tests, started with ops/lib/postgres.sh when it
/// is first asked for and taken away at exit.
class PostgresCluster {
public:
    /// The one of this program.
    static PostgresCluster& get();

    const std::string& url() const { return url_; }
    /// Stops it as a power cut would, and starts it again.
    void crash();
    void start();

    ~PostgresCluster();
    PostgresCluster(const PostgresCluster&) = delete;
    PostgresCluster& operator=(const PostgresCluster&) = delete;

private:
    PostgresCluster();
    std::string run(const std::string& verb) const;

    std::string directory_;
    std::string url_;
};

/// A schema of its own inside the cluster, empty; every connection made with `url` works in it.
class PostgresSchema {
public:
    PostgresSchema();
    ~PostgresSchema();
    PostgresSchema(const PostgresSchema&) = delete;
    PostgresSchema& operator=(const PostgresSchema&) = delete;

    const std::string& url() const { return url_; }
    /// Runs statements; the first column of the first row, empty when there is none.
    std::string run(const std::string& sql) const;

private:
    std::string name_;
    std::string url_;
};

}  // namespace pakashop::kit
