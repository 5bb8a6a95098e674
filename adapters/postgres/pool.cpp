#include "adapters/postgres/pool.hpp"

namespace pakashop::postgres {
namespace {

constexpr std::chrono::seconds free_connection_timeout{2};

}  // namespace

ConnectionPool::Lent ConnectionPool::lend(bool fresh) {
    std::unique_ptr<pqxx::connection> idle;
    {
        std::unique_lock lock{mutex_};
        const bool free = freed_.wait_for(lock, free_connection_timeout, [&] {
            return lent_ < connections_max_;
        });
        if (!free) return {this, nullptr};
        ++lent_;
        if (fresh) idle_.clear();
        if (!idle_.empty()) {
            idle = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (idle) return {this, std::move(idle)};
    try {
        return {this, connect(options_)};
    } catch (...) {
        take_back(nullptr);
        throw;
    }
}

void ConnectionPool::take_back(std::unique_ptr<pqxx::connection> connection) {
    {
        const std::lock_guard lock{mutex_};
        --lent_;
        if (connection) idle_.push_back(std::move(connection));
    }
    freed_.notify_one();
}

}  // namespace pakashop::postgres
