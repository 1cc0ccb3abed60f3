# Varnish on its built-in rules; bench.sh fills in the name between @.
vcl 4.1;

backend source {
	.host = "127.0.0.1";
	.port = "@SOURCE@";
}

sub vcl_backend_response {
	set beresp.ttl = 1h;
}
