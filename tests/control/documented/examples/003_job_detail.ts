const JobDetail: React.FC = () => {
  const [variants, setVariants] = useState<Variant[]>([])
  const wsRef = useRef<WebSocket | null>(null)
  
  useEffect(() => {
    const ws = new WebSocket(wsUrl)
    
    ws.onmessage = (event) => {
      const update: JobUpdate = JSON.parse(event.data)
      handleUpdate(update)
    }
  }, [jobId, job?.status])
  
  const handleUpdate = (update: JobUpdate) => {
    switch (update.type) {
      case 'variant_update':
        if (update.variant) {
          setVariants(prev => [...prev, update.variant!])
        }
        break
    }
  }
}
