/// `pakashop-sandbox`: the providers' side of every conversation, on loopback.
#include <CLI/CLI.hpp>

#include "ops/sandbox/service.hpp"
#include "ops/sandbox/text.hpp"

int main(int argc, char** argv) {
    using namespace pakashop::sandbox;
    constexpr int exit_usage = 64;
    Options options;
    options.data = "var/sandbox";
    std::string callbacks = "http://127.0.0.1:8000/api/v1";
    std::string data = options.data.string();

    CLI::App app{"Speaks for pawaPay, the tax authority and WhatsApp, with a ledger of its own"};
    app.add_option("--port", options.port, "port to listen on; 0 takes a free one");
    app.add_option("--listen", options.listen, "loopback address to listen on");
    app.add_option("--callbacks", callbacks, "base URL that callbacks are sent to")
        ->check([](const std::string& url) {
            return split_url(url) ? std::string{} : std::string{"has to be an http URL"};
        });
    app.add_option("--delay-ms", options.defaults.delay_ms, "from acceptance to the end")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--data", data, "folder of the ledger and the callback key");
    app.add_option("--webhook-secret", options.webhook_secret, "secret of the HMAC mode")
        ->envname("PAWAPAY_WEBHOOK_SECRET");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    while (callbacks.ends_with('/')) callbacks.pop_back();
    options.defaults.webhook_url = callbacks + "/payments/webhook/pawapay";
    options.defaults.flutterwave_url = callbacks + "/payments/webhook/flutterwave";
    options.data = data;
    return serve(options);
}
