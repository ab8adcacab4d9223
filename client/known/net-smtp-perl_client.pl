# Sends a job with Perl's Net::SMTP, as its documentation shows: new, starttls, auth, mail, recipient, data, quit.
#
# The job is read from SMTP_* variables. Exit status: 0 accepted, 75 temporary, 69 permanent, 127 no such mechanism,
# 126 where a module is missing, 1 otherwise. SMTP_RESULT_FILE gets a word for each recipient.
use strict;
use warnings;
use JSON::PP;
use Net::SMTP;

my %EXITS = (accepted => 0, declined => 1, temporary => 75, permanent => 69);
my @WORST = qw(permanent temporary declined accepted);
my %told;

if (@ARGV and $ARGV[0] eq '--version') {
    print "Net::SMTP $Net::SMTP::VERSION (Perl ", substr($^V, 1), ")\n";
    exit 0;
}

my $auth = lc($ENV{SMTP_AUTH} // 'none');
if ($auth !~ /^(none|plain|login|cram-md5)$/) {
    print STDERR "this driver knows no mechanism $auth of Net::SMTP\n";
    exit 127;
}
my $tls = $ENV{SMTP_TLS} // 'none';
missing('libio-socket-ssl-perl') if $tls ne 'none' and not eval { require IO::Socket::SSL };
missing('libauthen-sasl-perl') if $auth ne 'none' and not eval { require Authen::SASL };
if ($auth eq 'cram-md5' and not eval { require Digest::HMAC_MD5 }) {  # without it Authen::SASL has no such mechanism
    print STDERR "CRAM-MD5 is not installed; get it with: apt-get install libdigest-hmac-perl\n";
    exit 127;
}
my @recipients = split /\n/, $ENV{SMTP_RECIPIENTS};
my @tls = (SSL_ca_file => $ENV{SMTP_CA_FILE}, SSL_verify_mode => 1);  # 1 is SSL_VERIFY_PEER

sub missing {
    print STDERR "a module is not installed; get it with: apt-get install $_[0]\n";
    exit 126;
}

# The word for a reply code. Net::Cmd says 599 or 000 where the connection was lost.
sub word {
    my $code = shift // 0;
    return 'temporary' if $code == 599 or $code == 0;
    return {4 => 'temporary', 5 => 'permanent'}->{int($code / 100)} // 'declined';
}

sub finish {
    my ($smtp, $word, $why) = @_;
    print STDERR "$why\n" if $why;
    $told{$_} //= $word for @recipients;
    $smtp->quit if $smtp;
    if ($ENV{SMTP_RESULT_FILE}) {
        open my $file, '>', $ENV{SMTP_RESULT_FILE} or die "$!\n";
        print $file encode_json({messages => [{recipients => \%told}]});
        close $file;
    }
    for my $one (@WORST) {
        exit $EXITS{$one} if grep { $_ eq $one } values %told;
    }
}

sub refused {
    my ($smtp, $what) = @_;
    finish($smtp, word($smtp->code), "$what: " . $smtp->code . ' ' . $smtp->message);
}

my $smtp = Net::SMTP->new(
    $ENV{SMTP_HOST}, Port => $ENV{SMTP_PORT}, Hello => $ENV{SMTP_HELO}, Timeout => $ENV{SMTP_TIMEOUT} // 60,
    SSL => $tls eq 'implicit', ExactAddresses => 1, @tls,
);
if (not $smtp) {
    my $why = $@ || $!;
    finish(undef, 'declined', $IO::Socket::SSL::SSL_ERROR) if $tls eq 'implicit' and $why !~ /: [0-9]{3} /;
    finish(undef, word($why =~ /: ([0-9]{3}) / ? $1 : 0), $why);
}
if ($tls eq 'starttls' and not $smtp->starttls(@tls)) {
    my $began = $smtp->code =~ /^2/;  # then there is nobody left to say QUIT to
    finish($began ? undef : $smtp, $began ? 'declined' : word($smtp->code), 'no TLS: ' . $smtp->message);
}
if ($auth ne 'none') {
    my %callback = (user => $ENV{SMTP_USERNAME}, authname => '', pass => $ENV{SMTP_PASSWORD});
    my $sasl = Authen::SASL->new(mechanism => uc $auth, callback => \%callback);
    my $done = eval { $smtp->auth($sasl) };
    finish($smtp, 'declined', $@) if $@;
    if (not $done) {
        my $code = $smtp->code;
        finish($smtp, $code =~ /^[23]/ ? 'declined' : word($code), "AUTH: $code " . $smtp->message);
    }
}
refused($smtp, 'MAIL') if not $smtp->mail("<$ENV{SMTP_SENDER}>");
my $taken = 0;
for my $one (@recipients) {
    if ($smtp->recipient("<$one>")) { $taken++ }
    else {
        $told{$one} = word($smtp->code);
        print STDERR "RCPT: ", $smtp->code, ' ', $smtp->message, "\n";
        last if $smtp->code =~ /^(421|599|000)$/;
    }
}
if (not $taken or $smtp->code =~ /^(421|599|000)$/) {
    %told = map { $_ => word($smtp->code) } @recipients if $smtp->code =~ /^(421|599|000)$/;
    finish($smtp, word($smtp->code), 'no recipient was taken');
}
refused($smtp, 'DATA') if not $smtp->data;
open my $file, '<:raw', $ENV{SMTP_MESSAGE_FILE} or die "$!\n";
my $message = do { local $/; <$file> };
refused($smtp, 'the message') if not ($smtp->datasend($message) and $smtp->dataend);
finish($smtp, 'accepted');
