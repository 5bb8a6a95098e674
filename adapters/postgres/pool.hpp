#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "adapters/postgres/session.hpp"
#include "events/kernel/result.hpp"

namespace pakashop::postgres {

/// Connections that are lent out one by one. Safe from any thread. For .cpp files only.
class ConnectionPool {
public:
    ConnectionPool(SessionOptions options, std::size_t connections_max)
        : options_{std::move(options)}, connections_max_{connections_max} {}

    /// Runs `use(connection)`; what it throws is explained. A connection that was idle may have
    /// died, so a use that finds the server away is repeated once on a new one: uses are reads, or
    /// may happen twice. One that took too long is not.
    template <class Use>
    auto with(Use use) -> Result<decltype(use(std::declval<pqxx::connection&>())), Failure> {
        for (const bool fresh : {false, true}) {
            try {
                Lent lent = lend(fresh);
                if (!lent.connection) {
                    return unexpected{Failure{Trouble::away, "every connection is in use"}};
                }
                auto out = use(*lent.connection);
                lent.good = true;
                return out;
            } catch (...) {
                Failure failure = explain();
                const bool answered =
                    failure.trouble == Trouble::refused || failure.trouble == Trouble::late;
                if (answered || fresh) {
                    return unexpected{std::move(failure)};
                }
            }
        }
        return unexpected{Failure{Trouble::away, "the server is away"}};
    }

private:
    /// Gives the connection back when it goes, or drops it if it failed.
    struct Lent {
        ConnectionPool* pool = nullptr;
        std::unique_ptr<pqxx::connection> connection;
        bool good = false;

        Lent(ConnectionPool* from, std::unique_ptr<pqxx::connection> lent)
            : pool{from}, connection{std::move(lent)} {}
        Lent(const Lent&) = delete;
        Lent& operator=(const Lent&) = delete;
        ~Lent() {
            if (connection) pool->take_back(good ? std::move(connection) : nullptr);
        }
    };

    Lent lend(bool fresh);
    void take_back(std::unique_ptr<pqxx::connection> connection);

    const SessionOptions options_;
    const std::size_t connections_max_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<pqxx::connection>> idle_;
    std::size_t lent_ = 0;
};

}  // namespace pakashop::postgres
