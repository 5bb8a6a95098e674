#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/ports/read_models.hpp"

namespace pakashop::postgres {

struct ReadsOptions {
    std::string url;
    std::size_t connections_max = 8;
    int statement_timeout_ms = 10'000;
};

/// Questions to the read models over a small pool of connections. Safe from any thread; a call
/// blocks, for 2 s at most until a connection is free. A query that met a dead connection is asked
/// once more on a new one.
class Reads final : public api::ReadModels {
public:
    explicit Reads(ReadsOptions options);
    ~Reads() override;

    Rows from(
        const model::Table& table,
        std::string_view tail,
        const std::vector<model::Value>& params
    ) override;
    Rows query(
        std::span<const model::Column> columns,
        std::string_view sql,
        const std::vector<model::Value>& params
    ) override;

    /// In one snapshot (REPEATABLE READ).
    Result<void, api::ReadFailure> at_one_moment(const Questions& ask) override;

private:
    class Pool;
    std::unique_ptr<Pool> pool_;
};

}  // namespace pakashop::postgres
